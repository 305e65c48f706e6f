#!/usr/bin/python3
sleep 10
exec ./serve
