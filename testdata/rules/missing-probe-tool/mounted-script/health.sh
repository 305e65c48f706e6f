#!/bin/sh
# Asks the exporter beside it.
curl -fsS http://127.0.0.1:9121/health
