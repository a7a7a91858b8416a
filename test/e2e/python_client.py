"""A client of Switchboard with Python's websockets library: connects, does all that the protocol offers, and says how it went.

Usage: python_client.py WS_URL HTTP_URL

Prints one line a check, and ends with 1 at the first that fails.
"""

import asyncio
import json
import sys
import urllib.request
import uuid
from typing import Any, Optional

import websockets

TIMEOUT_SECONDS = 300

Json = dict[str, Any]


class Client:
    """A WebSocket connection, and the HTTP API."""

    def __init__(self, socket: websockets.WebSocketClientProtocol, http_url: str) -> None:
        self.socket = socket
        self.http_url = http_url.rstrip("/")
        self.client_id = ""

    async def send(self, message_type: str, data: Optional[Json] = None) -> str:
        """Sends a message, and returns its message_id."""
        message_id = str(uuid.uuid4())
        message = {"type": message_type, "data": data or {}, "message_id": message_id}
        await self.socket.send(json.dumps(message))
        return message_id

    async def receive(self) -> Json:
        """The next frame."""
        text = await asyncio.wait_for(self.socket.recv(), TIMEOUT_SECONDS)
        assert isinstance(text, str), "frames are text"
        return json.loads(text)

    async def ask(self, message_type: str, data: Optional[Json] = None) -> Json:
        """Sends a message, and returns the next frame, which has to answer it."""
        message_id = await self.send(message_type, data)
        answer = await self.receive()
        assert answer["reply_to"] == message_id, answer
        return answer

    async def call(self, method: str, path: str, body: Optional[Json] = None) -> Json:
        """Calls the HTTP API; raises unless the status is 2xx."""
        return await asyncio.to_thread(self._call, method, path, body)

    def _call(self, method: str, path: str, body: Optional[Json]) -> Json:
        request = urllib.request.Request(
            self.http_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return json.load(response)


async def connection_established_comes_first(client: Client) -> None:
    first = await client.receive()
    assert first["type"] == "connection_established", first
    assert first["data"]["protocol"] == 1, first
    client.client_id = str(uuid.UUID(first["data"]["client_id"]))


async def ping_is_answered_with_pong(client: Client) -> None:
    pong = await client.ask("ping")
    assert pong["type"] == "pong", pong
    assert pong["data"]["timestamp"].endswith("Z"), pong


async def chat_message_is_answered_with_processing_then_chat_response(client: Client) -> None:
    message_id = await client.send("chat_message", {"content": "Grüße, 你好 🙂"})
    processing, response = await client.receive(), await client.receive()
    assert processing["type"] == "processing", processing
    assert response["type"] == "chat_response", response
    assert processing["reply_to"] == response["reply_to"] == message_id, response
    timestamp = response["data"].pop("timestamp")
    assert timestamp.endswith("Z"), timestamp
    expected = {"content": "Echo: Grüße, 你好 🙂", "status": "completed", "model": "echo"}
    assert response["data"] == expected, response


async def tool_call_of_a_registered_tool_is_completed(client: Client) -> None:
    response = await client.ask("tool_call", {"tool_name": "add", "params": {"a": 2, "b": 3}})
    assert response["type"] == "tool_response", response
    assert response["data"]["status"] == "completed", response
    assert response["data"]["result"] == 5, response
    assert "simulated" not in response["data"], response


async def tool_call_of_an_unknown_tool_is_simulated(client: Client) -> None:
    response = await client.ask("tool_call", {"tool_name": "weather", "params": {"city": "Paris"}})
    assert response["type"] == "tool_response", response
    assert response["data"]["status"] == "completed", response
    assert response["data"]["simulated"] is True, response


async def text_that_is_not_json_is_an_error_and_the_connection_goes_on(client: Client) -> None:
    await client.socket.send("not JSON")
    error = await client.receive()
    assert error["type"] == "error", error
    assert error["data"]["code"] == "invalid_json", error
    assert "reply_to" not in error, error
    assert (await client.ask("ping"))["type"] == "pong"


async def send_message_reaches_the_client(client: Client) -> None:
    sent = await client.call("POST", "/send_message", {"client_id": client.client_id, "content": "hello"})
    frame = await client.receive()
    assert frame["message_id"] == sent["message_id"], frame
    assert frame["type"] == "chat_message", frame
    assert frame["data"] == {"content": "hello", "from_api": True}, frame


async def call_tool_reaches_the_client(client: Client) -> None:
    body = {"client_id": client.client_id, "tool_name": "show", "params": {"page": 2}}
    sent = await client.call("POST", "/call_tool", body)
    frame = await client.receive()
    assert frame["message_id"] == sent["message_id"], frame
    assert frame["type"] == "tool_call", frame
    expected = {"tool_name": "show", "params": {"page": 2}, "from_api": True, "call_id": sent["call_id"]}
    assert frame["data"] == expected, frame


async def broadcast_reaches_the_client(client: Client) -> None:
    sent = await client.call("POST", "/broadcast", {"message_type": "news", "data": {"number": 1}})
    frame = await client.receive()
    assert frame["message_id"] == sent["message_id"], frame
    assert frame["type"] == "news", frame
    assert frame["data"] == {"number": 1}, frame


async def history_has_what_was_said_newest_first(client: Client) -> None:
    page = await client.call("GET", f"/clients/{client.client_id}/messages")
    kept = [(message["direction"], message["type"]) for message in page["messages"]]
    assert kept == [
        ("out", "news"),
        ("out", "tool_call"),
        ("out", "chat_message"),
        ("out", "tool_response"),
        ("in", "tool_call"),
        ("out", "tool_response"),
        ("in", "tool_call"),
        ("out", "chat_response"),
        ("in", "chat_message"),
    ], kept


async def a_protocol_ping_is_answered_with_a_pong(client: Client) -> None:
    pong = await client.socket.ping()
    await asyncio.wait_for(pong, TIMEOUT_SECONDS)


async def the_connection_closes_normally(client: Client) -> None:
    await client.socket.close()
    assert client.socket.close_code == 1000, client.socket.close_code


CHECKS = {
    "connection_established comes first": connection_established_comes_first,
    "ping is answered with pong": ping_is_answered_with_pong,
    "chat_message is answered with processing, then chat_response": (
        chat_message_is_answered_with_processing_then_chat_response
    ),
    "tool_call of a registered tool is completed": tool_call_of_a_registered_tool_is_completed,
    "tool_call of an unknown tool is simulated": tool_call_of_an_unknown_tool_is_simulated,
    "text that is not JSON is an error, and the connection goes on": (
        text_that_is_not_json_is_an_error_and_the_connection_goes_on
    ),
    "send_message reaches the client": send_message_reaches_the_client,
    "call_tool reaches the client": call_tool_reaches_the_client,
    "broadcast reaches the client": broadcast_reaches_the_client,
    "history has what was said, newest first": history_has_what_was_said_newest_first,
    "a protocol ping is answered with a pong": a_protocol_ping_is_answered_with_a_pong,
    "the connection closes normally": the_connection_closes_normally,
}


async def run(ws_url: str, http_url: str) -> int:
    async with websockets.connect(ws_url, open_timeout=TIMEOUT_SECONDS) as socket:
        client = Client(socket, http_url)
        for name, check in CHECKS.items():
            try:
                await check(client)
            except Exception as error:  # any failure of a check is its result
                print(f"FAIL {name}: {error!r}")
                return 1
            print(f"ok   {name}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(asyncio.run(run(*sys.argv[1:])))
