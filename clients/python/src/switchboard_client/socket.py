"""A WebSocket of the ``websockets`` library, of any version from 10."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.exceptions import ConnectionClosed, WebSocketException

from .frames import fragments

try:
    from websockets.asyncio.client import connect

    headers_option = "additional_headers"
except ImportError:  # before version 13
    from websockets import connect  # type: ignore[assignment,no-redef,unused-ignore]

    headers_option = "extra_headers"

#: What opening a connection may raise; Python 3.10 has two kinds of TimeoutError.
FAILURES = (OSError, EOFError, ValueError, asyncio.TimeoutError, WebSocketException)

#: Seconds for the closing handshake.
CLOSE_TIMEOUT_SECONDS = 2


#: What RFC 9110 calls a token.
SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class OpenFailed(Exception):
    """The connection could not be opened; ``status`` is the server's HTTP status, if it answered."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class Socket:
    """An open connection that sends and receives text messages."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @staticmethod
    async def open(
        url: str,
        *,
        token: str | None,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        ssl: ssl.SSLContext | None = None,
    ) -> Socket:
        """Opens a connection. The token is offered as a subprotocol, so that it stays out of the URL."""
        options: dict[str, Any] = {headers_option: headers}
        if token is not None:
            assert_subprotocol(token)
            options["subprotocols"] = ["switchboard", token]
        if ssl is not None:
            options["ssl"] = ssl
        try:
            return Socket(
                await connect(
                    url,
                    open_timeout=seconds,
                    close_timeout=CLOSE_TIMEOUT_SECONDS,
                    ping_interval=None,  # the protocol has its own ping messages
                    max_size=None,
                    **options,
                )
            )
        except FAILURES as error:
            raise OpenFailed(str(error) or type(error).__name__, _status(error)) from error

    async def send(self, text: str, max_frame_bytes: int) -> None:
        pieces = fragments(text, max_frame_bytes)
        await self._connection.send(pieces if len(pieces) > 1 else text)

    async def texts(self) -> AsyncIterator[str]:
        """Yields received texts until the connection ends."""
        try:
            async for message in self._connection:
                if isinstance(message, str):
                    yield message
        except ConnectionClosed:
            pass

    @property
    def close_code(self) -> int | None:
        known_by = self._connection if hasattr(self._connection, "close_code") else self._connection.protocol
        code = known_by.close_code
        return code if isinstance(code, int) else None

    async def close(self, code: int) -> None:
        await self._connection.close(code)

    def abort(self) -> None:
        """Ends a dead connection at once."""
        self._connection.transport.abort()


def url_with(url: str, name: str, value: str) -> str:
    """The URL with this parameter in its query; the others stay."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))


def assert_websocket_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError(f"Not a WebSocket URL: {url}. It begins with ws:// or wss://.")


def assert_subprotocol(token: str) -> None:
    """Rejects a token with invalid characters: a line break, for example from a file, would break the handshake."""
    if not SUBPROTOCOL.fullmatch(token):
        raise OpenFailed("the token has characters that a subprotocol cannot have", None)


def _status(error: BaseException) -> int | None:
    """Supports the names of both generations of the library."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
