"""A server on loopback that says what a test tells it to."""

from __future__ import annotations

import asyncio
import itertools
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

try:
    from websockets.asyncio.server import serve
except ImportError:  # before version 13
    from websockets import serve  # type: ignore[assignment,no-redef,unused-ignore]

Json = dict[str, Any]

GREETING = {
    "client_id": "c-1",
    "server_time": "2026-01-01T00:00:00.000Z",
    "protocol": 1,
    "heartbeat_seconds": 45,
    "max_message_bytes": 131_072,
    "max_frame_bytes": 32_768,
    "epoch": "e1",
    "seq": 0,
    "broadcast": "b0",
    "resumable_seconds": 86_400,
}

_ids = itertools.count(1)


class FakeConnection:
    def __init__(self, socket: Any) -> None:
        self._socket = socket
        request = getattr(socket, "request", None)
        path = request.path if request else socket.path
        headers = request.headers if request else socket.request_headers
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        self.protocols = [part.strip() for part in headers.get("Sec-WebSocket-Protocol", "").split(",") if part]

    async def greet(self, **data: Any) -> None:
        data = {**GREETING, **data}
        await self.send("connection_established", {name: value for name, value in data.items() if value is not None})

    async def send(self, type: str, data: Json | None = None, **fields: Any) -> None:
        frame = {"type": type, "data": data or {}, "message_id": f"s-{next(_ids)}", **fields}
        await self._socket.send(json.dumps(frame))

    async def receive(self, type: str) -> Json:
        """The next frame of this type; others are dropped."""
        while True:
            frame: Json = json.loads(await self._socket.recv())
            if frame["type"] == type:
                return frame

    async def answer(self, message: Json, seq: int, content: str | None = None) -> None:
        content = content if content is not None else f"Echo: {message['data']['content']}"
        data = {"content": content, "status": "completed", "model": "echo"}
        await self.send("chat_response", data, reply_to=message["message_id"], epoch="e1", seq=seq)

    async def push(self, seq: int) -> None:
        await self.send("chat_message", {"content": f"push {seq}", "from_api": True}, epoch="e1", seq=seq)

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code)

    async def closed(self) -> int:
        """Waits for the end of the connection, and returns the client's close code."""
        await self._socket.wait_closed()
        known_by = self._socket if hasattr(self._socket, "close_code") else self._socket.protocol
        return int(known_by.close_code)

    def abort(self) -> None:
        self._socket.transport.abort()


def select_subprotocol(*given: Any) -> Any:
    """Both generations of the library: a connection, or the client's list, comes before the last list."""
    lists = [names for names in given if isinstance(names, (list, tuple))]
    return "switchboard" if all("switchboard" in names for names in lists) else None


class FakeServer:
    """``async with FakeServer() as server`` listens; ``await server.accept()`` is the next connection."""

    def __init__(self) -> None:
        self.url = ""
        #: Statuses for the next handshakes, instead of a connection.
        self.refusals: list[int] = []
        self._connections: asyncio.Queue[FakeConnection] = asyncio.Queue()
        self._end = asyncio.Event()

    async def __aenter__(self) -> FakeServer:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            0,
            subprotocols=["switchboard"],  # type: ignore[list-item,unused-ignore]
            select_subprotocol=select_subprotocol,  # type: ignore[arg-type,unused-ignore]
            process_request=self._process_request,
            ping_interval=None,
            close_timeout=1,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/live"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end.set()
        self._server.close()
        await self._server.wait_closed()

    async def accept(self) -> FakeConnection:
        return await self._connections.get()

    async def greeted(self, **data: Any) -> FakeConnection:
        connection = await self.accept()
        await connection.greet(**data)
        return connection

    async def _handle(self, socket: Any) -> None:
        self._connections.put_nowait(FakeConnection(socket))
        ends = [asyncio.create_task(socket.wait_closed()), asyncio.create_task(self._end.wait())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()

    async def _process_request(self, connection: Any, _request: Any) -> Any:
        """Both generations of the library: the older one passes path and headers."""
        if not self.refusals:
            return None
        status = HTTPStatus(self.refusals.pop(0))
        return connection.respond(status, "") if hasattr(connection, "respond") else (status, [], b"")
