#!/bin/sh
docker compose up -d
sleep 10
docker container ls
timeout 5m wget --retry-connrefused -t 0 http://127.0.0.1:8080/
