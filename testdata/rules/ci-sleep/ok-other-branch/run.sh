case $1 in
  up) docker compose up -d ;;
  wait) sleep 30 ;;
esac
if [ -n "$CI" ]; then
  docker compose up -d
else
  sleep 30
fi
start() {
  docker compose up -d
}
pause() {
  sleep 30
}
