docker compose up -d
sleep 100
