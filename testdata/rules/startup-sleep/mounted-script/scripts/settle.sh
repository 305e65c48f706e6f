#!/usr/bin/env bash
echo settling
sleep 3
