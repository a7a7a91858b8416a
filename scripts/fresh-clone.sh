#!/usr/bin/env bash
# Clones this repository into a new folder and runs the README's first lines: npm ci && npm start.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
server=
finish() {
  [ -n "$server" ] && kill -TERM "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$folder"
}
trap finish EXIT

git clone -q "$here" "$folder/switchboard"
cd "$folder/switchboard"
npm ci --no-audit --no-fund --silent
npm start > start.log 2> start.err &
server=$!
for _ in $(seq 100); do
  curl -fs http://localhost:9005/health >/dev/null 2>&1 && break
  sleep 0.2
done
cat start.log
curl -fs http://localhost:9005/status && echo
node -e '
  const socket = new (require("ws"))("ws://localhost:9004");
  socket.on("open", () => socket.send(JSON.stringify({ type: "chat_message", data: { content: "hello" } })));
  socket.on("message", (data) => {
    console.log(String(data));
    if (JSON.parse(data).type === "chat_response") process.exit(0);
  });
'
# npm itself may warn about the machine's configuration; the server must not print anything.
if grep -v '^npm ' start.err; then
  echo 'npm start printed the lines above to stderr; it must not print anything there.' >&2
  exit 1
fi
kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
echo "npm start ended with exit code $status"
[ "$status" = 0 ]
