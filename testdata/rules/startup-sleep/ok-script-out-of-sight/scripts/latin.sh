#!/bin/sh
# ÿ
sleep 10
exec ./serve
