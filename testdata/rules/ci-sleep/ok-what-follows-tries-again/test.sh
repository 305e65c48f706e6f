#!/bin/sh
docker compose up -d
sleep 5
until curl -sf http://localhost:8080/; do sleep 1; done
