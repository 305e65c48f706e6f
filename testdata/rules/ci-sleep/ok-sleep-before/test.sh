sleep 30
docker compose up -d
