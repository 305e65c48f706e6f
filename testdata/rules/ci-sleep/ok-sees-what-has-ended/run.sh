#!/bin/sh
docker compose up -d
echo Waiting for 60 seconds...
sleep 60
docker compose ps -a
docker compose logs
! docker compose ps -a | grep Exited
