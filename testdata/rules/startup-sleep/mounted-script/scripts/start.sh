#!/bin/sh
set -e
# The database needs a while.
sleep 10
exec "$@"
