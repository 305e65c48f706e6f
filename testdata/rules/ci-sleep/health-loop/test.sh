#!/bin/sh
docker compose up -d
until [ "$(docker inspect -f '{{.State.Health.Status}}' app-db-1)" = healthy ]; do
  sleep 1
done
go test ./...
