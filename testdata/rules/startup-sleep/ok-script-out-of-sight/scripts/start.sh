#!/bin/sh
sleep 10
exec ./serve
