#!/bin/sh
cat > docker-compose.yml <<EOF
services:
  jaeger:
    image: jaegertracing/all-in-one:1.60
EOF
docker compose up -d
sleep 10
