for i in 1 2 3; do
  docker compose up -d && break
  sleep 10
done
docker compose up -d || (sleep 10 && docker compose up -d)
if ! docker compose up -d; then
  sleep 10
fi
