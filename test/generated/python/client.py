"""Every call of the HTTP API by the client that openapi-python-client has made."""
import os
from http import HTTPStatus
from typing import TypeVar

from switchboard import AuthenticatedClient
from switchboard.api.clients import (
    delete_clients_client_id,
    get_clients,
    get_clients_client_id,
    post_clients_client_id_mcp,
    post_tokens,
)
from switchboard.api.messages import (
    delete_calls_call_id,
    get_broadcasts_broadcast_id,
    get_calls_call_id,
    get_clients_client_id_messages,
    post_broadcast,
    post_call_tool,
    post_send_message,
)
from switchboard.api.server import get_health, get_root, get_status
from switchboard.models import (
    BroadcastRequest,
    BroadcastResult,
    BroadcastState,
    BroadcastStateStatus,
    CalledTool,
    CallState,
    CallStatus,
    CallToolRequest,
    CallToolRequestParamsType0,
    CancelledCall,
    ClientPage,
    ConnectedClient,
    Delivery,
    HistoryPage,
    IssuedToken,
    McpRequest,
    McpResponse,
    Problem,
    ProblemCode,
    Refusal,
    SendMessageRequest,
    Sent,
    ServerHealth,
    ServerIndex,
    ServerStatus,
    TokenRequest,
)

Answer = TypeVar("Answer")

API_URL = os.environ["API_URL"]
CLIENT_ID = os.environ["CLIENT_ID"]
api = AuthenticatedClient(base_url=API_URL, token=os.environ["API_KEY"])


def is_a(kind: type[Answer], answer: object) -> Answer:
    assert isinstance(answer, kind), f"expected {kind.__name__}: {answer}"
    return answer


def ok(what: str, holds: bool) -> None:
    assert holds, what
    print("ok", what)


index = is_a(ServerIndex, get_root.sync(client=api))
ok("get_root", index.links["docs"] == "/docs")

health = is_a(ServerHealth, get_health.sync(client=api))
ok("get_health", health.status == "healthy" and health.timestamp.tzinfo is not None)

status = is_a(ServerStatus, get_status.sync(client=api))
ok("get_status", status.connected_clients >= 1)

page = is_a(ClientPage, get_clients.sync(client=api, limit=1000))
ok("get_clients", CLIENT_ID in [client.client_id for client in page.clients])

client = is_a(ConnectedClient, get_clients_client_id.sync(CLIENT_ID, client=api))
ok("get_clients_client_id", client.client_id == CLIENT_ID and client.message_count == 0)

message = SendMessageRequest(client_id=CLIENT_ID, content="Hello")
sent = is_a(Sent, post_send_message.sync(client=api, body=message, idempotency_key=CLIENT_ID))
again = post_send_message.sync_detailed(client=api, body=message, idempotency_key=CLIENT_ID)
is_replayed = again.headers["idempotency-replayed"] == "true" and again.parsed == sent
ok("post_send_message", sent.delivery is Delivery.POSTED and is_replayed)

params = CallToolRequestParamsType0.from_dict({"a": 1, "nested": {"b": [2, None]}})
with_params = CallToolRequest(client_id=CLIENT_ID, tool_name="add", params=params)
called = is_a(CalledTool, post_call_tool.sync(client=api, body=with_params))
without = CallToolRequest(client_id=CLIENT_ID, tool_name="now", params=None)
called_without = is_a(CalledTool, post_call_tool.sync(client=api, body=without))
ok("post_call_tool", called.message_id != called_without.message_id)

pending = is_a(CallState, get_calls_call_id.sync(called.call_id, client=api))
ok("get_calls_call_id", pending.status is CallStatus.PENDING and pending.message_id == called.message_id)

cancelled = is_a(CancelledCall, delete_calls_call_id.sync(called.call_id, client=api))
ok("delete_calls_call_id", cancelled.call_id == called.call_id)

ping = McpRequest.from_dict({"jsonrpc": "2.0", "id": 1, "method": "ping"})
mcp = is_a(McpResponse, post_clients_client_id_mcp.sync(CLIENT_ID, client=api, body=ping))
ok("post_clients_client_id_mcp", mcp.jsonrpc == "2.0")

news = BroadcastRequest.from_dict({"message_type": "news", "data": {"text": "Hello"}})
broadcast = is_a(BroadcastResult, post_broadcast.sync(client=api, body=news))
ok("post_broadcast", broadcast.delivered >= 1)

state = is_a(BroadcastState, get_broadcasts_broadcast_id.sync(str(broadcast.broadcast_id), client=api))
ok("get_broadcasts_broadcast_id", state.status is BroadcastStateStatus.COMPLETED and state.failed == 0)

history = is_a(HistoryPage, get_clients_client_id_messages.sync(CLIENT_ID, client=api, limit=10))
said = [(message.type_, message.data.additional_properties) for message in history.messages]
ok("get_clients_client_id_messages", ("news", {"text": "Hello"}) in said)

token = is_a(IssuedToken, post_tokens.sync(client=api, body=TokenRequest(ttl_seconds=60)))
ok("post_tokens", token.ttl_seconds == 60 and token.token in token.websocket_url)

invalid = is_a(Problem, post_broadcast.sync(client=api, body=BroadcastRequest(message_type="")))
ok("a problem", invalid.code is ProblemCode.INVALID_REQUEST and invalid.status == 422)

nothing = AuthenticatedClient(base_url=API_URL, token="none", auth_header_name="x-no-key")
keyless = get_status.sync_detailed(client=nothing)
ok("no key", keyless.status_code == HTTPStatus.UNAUTHORIZED and is_a(Refusal, keyless.parsed).message != "")
wrong = get_status.sync_detailed(client=AuthenticatedClient(base_url=API_URL, token="wrong"))
ok("a wrong key", wrong.status_code == HTTPStatus.FORBIDDEN and is_a(Refusal, wrong.parsed).message != "")

deleted = delete_clients_client_id.sync_detailed(CLIENT_ID, client=api)
ok("delete_clients_client_id", deleted.status_code == HTTPStatus.NO_CONTENT)
