docker compose up -d
go test ./...
docker compose down
sleep 10
