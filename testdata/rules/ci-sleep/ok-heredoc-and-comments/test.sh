cat > run.sh <<'EOF'
docker compose up -d
sleep 30
EOF
# docker compose up -d
# sleep 30
ssh host "docker compose up -d && sleep 30"
echo "docker compose up -d; sleep 30"
