#!/bin/sh
docker compose up -d
sleep 5
docker ps
docker logs web-1
docker ps | grep web-1
