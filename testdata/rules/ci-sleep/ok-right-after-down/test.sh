docker compose up -d
docker compose down
sleep 10
