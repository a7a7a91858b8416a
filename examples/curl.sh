#!/usr/bin/env bash
# Each call of the HTTP API with curl. Connect a client first, for example with `npm run client`.
#
#   API=http://localhost:9005   where the API is
#   API_KEY=...                 its key, if the API is protected
#   CLIENT_ID=...               whom to talk to; the first of the list where left out
set -euo pipefail

API="${API:-http://localhost:9005}"
headers=(-H 'Content-Type: application/json')
if [[ -n "${API_KEY:-}" ]]; then headers+=(-H "Authorization: Bearer $API_KEY"); fi

# Shows the call and its answer; ends the script where that is not a success.
call() {
  local method="$1" path="$2"
  shift 2
  printf '\n%s %s\n' "$method" "$path"
  curl --silent --show-error --fail-with-body --max-time 10 -X "$method" "${headers[@]}" "$@" "$API$path"
  echo
}

call GET /status
call GET '/clients?limit=10'

if [[ -z "${CLIENT_ID:-}" ]]; then
  clients=$(curl --silent --show-error --fail --max-time 10 "${headers[@]}" "$API/clients?limit=1")
  CLIENT_ID=$(sed -n 's/.*"client_id": *"\([^"]*\)".*/\1/p' <<<"$clients")
fi
if [[ -z "$CLIENT_ID" ]]; then
  echo 'Nobody is connected: connect a client first, for example with `npm run client`.' >&2
  exit 1
fi

call GET "/clients/$CLIENT_ID"
call POST /send_message --data "{\"content\": \"Hello from curl\", \"client_id\": \"$CLIENT_ID\"}"
call POST /call_tool --data "{\"tool_name\": \"add\", \"params\": {\"a\": 2, \"b\": 3}, \"client_id\": \"$CLIENT_ID\"}"
call POST /broadcast --data '{"message_type": "notification", "data": {"message": "Hello, everybody"}}'
call GET "/clients/$CLIENT_ID/messages?limit=10"
