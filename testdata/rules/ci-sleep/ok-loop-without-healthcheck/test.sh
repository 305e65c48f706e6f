docker compose up -d
until curl -sf http://localhost:8080/; do sleep 1; done
