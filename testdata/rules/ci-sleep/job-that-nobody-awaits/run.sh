#!/bin/sh
docker compose up -d
sleep 30
make test
