#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."

docker compose up -d || exit 1
log_info "waiting for the database"
sleep 10
go test ./...
