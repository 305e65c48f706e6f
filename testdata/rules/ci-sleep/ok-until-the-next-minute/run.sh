docker compose up -d
# sleep until a backup is certain to have happened
sleep 100
docker compose logs backup
