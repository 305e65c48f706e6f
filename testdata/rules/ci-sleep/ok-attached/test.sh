docker compose up --abort-on-container-exit
sleep 5
docker compose up
sleep 5
