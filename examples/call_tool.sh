#!/usr/bin/env bash
# Calls a tool on a client, and waits for the result: bash call_tool.sh CLIENT_ID TOOL_NAME [PARAMS]
# The client may take longer than one call can wait, so this asks again until the call has ended.
set -euo pipefail

API=${API:-http://localhost:9005}
USAGE="Usage: bash call_tool.sh CLIENT_ID TOOL_NAME [PARAMS]"
CLIENT_ID=${1:?$USAGE} TOOL_NAME=${2:?$USAGE} PARAMS=${3:-{\}}

call() {
  curl --silent --show-error --fail-with-body -H "Authorization: Bearer ${API_KEY:-none}" -H "Prefer: wait=20" "$@"
}

# Says why the server refused a call.
refused() { echo "$ANSWER" >&2; exit 1; }

field() { grep -o "\"$1\":\"[^\"]*" <<<"$2" | head -n 1 | cut -d '"' -f 4; }

# With a key, a call that got no answer can be sent again, and has its effect once.
ANSWER=$(call -X POST "$API/call_tool" -H "Content-Type: application/json" -H "Idempotency-Key: ${KEY:-$RANDOM$RANDOM$RANDOM}" \
  --data "{\"client_id\": \"$CLIENT_ID\", \"tool_name\": \"$TOOL_NAME\", \"params\": $PARAMS}") || refused
CALL_ID=$(field call_id "$ANSWER")

while [ "$(field status "$ANSWER")" = pending ]; do
  ANSWER=$(call "$API/calls/$CALL_ID") || refused
done
echo "$ANSWER"
