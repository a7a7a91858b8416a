"""Every call of the HTTP API by the client that openapi-python-client has made."""
import os
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from switchboard import AuthenticatedClient
from switchboard.api.access import (
    delete_keys_key_name,
    get_audit,
    get_keys,
    get_revocations,
    post_keys,
    post_keys_key_name_rotate,
    post_revocations,
)
from switchboard.api.clients import (
    delete_clients_client_id,
    get_clients,
    get_clients_client_id,
    post_clients_client_id_mcp,
    post_tokens,
)
from switchboard.api.events import get_events, get_events_failed, post_events_replay
from switchboard.api.groups import (
    delete_groups_group_clients_client_id,
    get_groups,
    get_groups_group_clients,
    post_groups_group_messages,
    put_groups_group_clients_client_id,
)
from switchboard.api.messages import (
    delete_calls_call_id,
    get_broadcasts_broadcast_id,
    get_calls_call_id,
    get_clients_client_id_messages,
    post_broadcast,
    post_call_tool,
    post_clients_client_id_messages,
    post_messages,
    post_send_message,
)
from switchboard.api.server import get_health, get_ready, get_root, get_status
from switchboard.models import (
    AnyMessageRequest,
    AuditPage,
    BroadcastRequest,
    BroadcastResult,
    BroadcastState,
    BroadcastStateStatus,
    CallState,
    CallStatus,
    CallToolRequest,
    CallToolRequestParamsType0,
    CalledTool,
    CancelledCall,
    ClientPage,
    ConnectedClient,
    Delivery,
    EventDelivery,
    EventsReplayed,
    FailedEvents,
    GroupMemberPage,
    GroupMessageRequest,
    GroupPage,
    HistoryPage,
    IssuedToken,
    KeyList,
    KeyRequest,
    KeyScope,
    MadeKey,
    McpRequest,
    McpResponse,
    MessageToManyRequest,
    Problem,
    ProblemCode,
    PushStatus,
    Refusal,
    ReplayRequest,
    Revocation,
    RevocationList,
    RevocationRequest,
    RotationRequest,
    SendMessageRequest,
    Sent,
    SentToMany,
    ServerHealth,
    ServerIndex,
    ServerReadiness,
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

ready = is_a(ServerReadiness, get_ready.sync(client=api))
ok("get_ready", ready.status == "ready" and ready.timestamp.tzinfo is not None)

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

to_one = AnyMessageRequest.from_dict({"message_type": "order_packed", "data": {"parcels": 2}})
one = is_a(Sent, post_clients_client_id_messages.sync(CLIENT_ID, client=api, body=to_one))
ok("post_clients_client_id_messages", one.delivery is Delivery.POSTED)

to_many = MessageToManyRequest(message_type="order_shipped", client_ids=[CLIENT_ID, "nobody"])
many = is_a(SentToMany, post_messages.sync(client=api, body=to_many))
ok("post_messages", many.posted == 1 and many.results[1].status is PushStatus.FAILED)

GROUP = "team-7"
joined = put_groups_group_clients_client_id.sync_detailed(GROUP, CLIENT_ID, client=api)
ok("put_groups_group_clients_client_id", joined.status_code == HTTPStatus.NO_CONTENT)

groups = is_a(GroupPage, get_groups.sync(client=api))
ok("get_groups", [(group.group, group.members) for group in groups.groups] == [(GROUP, 1)])

members = is_a(GroupMemberPage, get_groups_group_clients.sync(GROUP, client=api))
ok("get_groups_group_clients", members.clients[0].client_id == CLIENT_ID and members.clients[0].online)

to_group = GroupMessageRequest(content="Hello, team")
grouped = is_a(BroadcastResult, post_groups_group_messages.sync(GROUP, client=api, body=to_group))
ok("post_groups_group_messages", grouped.delivered == 1)

left = delete_groups_group_clients_client_id.sync_detailed(GROUP, CLIENT_ID, client=api)
ok("delete_groups_group_clients_client_id", left.status_code == HTTPStatus.NO_CONTENT)

events = is_a(EventDelivery, get_events.sync(client=api))
ok("get_events", events.destination == "webhooks" and events.receivers[0].name == "billing")

failed = is_a(FailedEvents, get_events_failed.sync(client=api, limit=10))
ok("get_events_failed", failed.events == [])

replayed = is_a(EventsReplayed, post_events_replay.sync(client=api, body=ReplayRequest(receiver="billing")))
ok("post_events_replay", replayed.replayed == 0)

token = is_a(IssuedToken, post_tokens.sync(client=api, body=TokenRequest(ttl_seconds=60)))
ok("post_tokens", token.ttl_seconds == 60 and token.token in token.websocket_url)

NAME = "python"
key_request = KeyRequest(name=NAME, scopes=[KeyScope.READ], ttl_seconds=60)
made = is_a(MadeKey, post_keys.sync(client=api, body=key_request))
ok("post_keys", made.scopes == [KeyScope.READ] and isinstance(made.ends_at, datetime))

keys = is_a(KeyList, get_keys.sync(client=api))
ok("get_keys", NAME in [key.name for key in keys.keys])

rotation = RotationRequest(overlap_seconds=60)
rotated = is_a(MadeKey, post_keys_key_name_rotate.sync(NAME, client=api, body=rotation))
ok("post_keys_key_name_rotate", rotated.key != made.key and isinstance(rotated.previous_until, datetime))

ended = delete_keys_key_name.sync_detailed(NAME, client=api)
ok("delete_keys_key_name", ended.status_code == HTTPStatus.NO_CONTENT)

revoked = is_a(Revocation, post_revocations.sync(client=api, body=RevocationRequest(key=NAME)))
ok("post_revocations", revoked.key == NAME and revoked.until > revoked.revoked_at)

revocations = is_a(RevocationList, get_revocations.sync(client=api))
ok("get_revocations", NAME in [revocation.key for revocation in revocations.revocations])

audit = is_a(AuditPage, get_audit.sync(client=api, limit=1))
ok("get_audit", audit.calls[0].call == "POST /revocations" and isinstance(audit.next_cursor, str))

invalid = is_a(Problem, post_broadcast.sync(client=api, body=BroadcastRequest(message_type="")))
ok("a problem", invalid.code is ProblemCode.INVALID_REQUEST and invalid.status == 422)

nothing = AuthenticatedClient(base_url=API_URL, token="none", auth_header_name="x-no-key")
keyless = get_status.sync_detailed(client=nothing)
ok("no key", keyless.status_code == HTTPStatus.UNAUTHORIZED and is_a(Refusal, keyless.parsed).message != "")
wrong = get_status.sync_detailed(client=AuthenticatedClient(base_url=API_URL, token="wrong"))
ok("a wrong key", wrong.status_code == HTTPStatus.FORBIDDEN and is_a(Refusal, wrong.parsed).message != "")

deleted = delete_clients_client_id.sync_detailed(CLIENT_ID, client=api)
ok("delete_clients_client_id", deleted.status_code == HTTPStatus.NO_CONTENT)
