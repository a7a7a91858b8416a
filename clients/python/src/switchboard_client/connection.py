"""One connection: gets a token, opens the socket, sends from a queue, and reports what it receives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from .socket import OpenFailed, Socket

log = logging.getLogger("switchboard_client")

Open = Callable[[], Awaitable[Socket]]


class Listener(Protocol):
    """Callbacks for the events of a connection."""

    def received(self, connection: int, text: str) -> None: ...

    def ended(self, connection: int, code: int | None) -> None: ...

    def refused(self, connection: int, status: int | None, detail: str) -> None: ...


class Connection:
    def __init__(self, id: int, open: Open, listener: Listener) -> None:
        self._id = id
        self._open = open
        self._listener = listener
        self._outgoing: asyncio.Queue[tuple[str, int] | None] = asyncio.Queue()
        self._socket: Socket | None = None
        self._close_code = 1000
        self.task = asyncio.get_running_loop().create_task(self._run())

    def send(self, text: str, max_frame_bytes: int) -> None:
        self._outgoing.put_nowait((text, max_frame_bytes))

    def close(self, code: int | None) -> None:
        """Closes after sending the queue; None: at once, without a close frame."""
        if self._socket is None or code is None:
            self.task.cancel()
        else:
            self._close_code = code
            self._outgoing.put_nowait(None)

    async def _run(self) -> None:
        try:
            self._socket = await self._open()
        except OpenFailed as error:
            self._listener.refused(self._id, error.status, str(error))
            return
        sending = asyncio.create_task(self._send(self._socket))
        try:
            async for text in self._socket.texts():
                self._listener.received(self._id, text)
            self._listener.ended(self._id, self._socket.close_code)
        except asyncio.CancelledError:
            self._socket.abort()
            raise
        except Exception:
            log.exception("A connection failed; the client opens another.")
            self._socket.abort()
            self._listener.ended(self._id, None)
        finally:
            sending.cancel()

    async def _send(self, socket: Socket) -> None:
        with contextlib.suppress(Exception):  # the reader notices this too, and reports it
            while (item := await self._outgoing.get()) is not None:
                await socket.send(*item)
            await socket.close(self._close_code)
