"""What tests of the client over real sockets share."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from switchboard_client import Client, Frame, State, StateChange, Timers

from .fake_server import FakeConnection, FakeServer

#: So that no test waits for a back-off.
QUICK = Timers(backoff_ms=1, hole_ms=20, retry_ms=1)


class Seen:
    """Frames, states and recoveries in the order in which handlers were told of them."""

    def __init__(self, client: Client) -> None:
        self._news: asyncio.Queue[Any] = asyncio.Queue()
        client.on()(self._news.put_nowait)
        client.on_state(self._news.put_nowait)
        client.on_recovery(self._news.put_nowait)

    async def next(self, kind: type[Any]) -> Any:
        while True:
            news = await self._news.get()
            if isinstance(news, kind):
                return news

    async def state(self, state: State) -> StateChange:
        while True:
            change: StateChange = await self.next(StateChange)
            if change.state is state:
                return change

    async def frames(self, count: int) -> list[Frame]:
        return [await self.next(Frame) for _ in range(count)]


class ClientTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.server = await self.enterAsyncContext(FakeServer()) if hasattr(self, "enterAsyncContext") else FakeServer()
        if not self.server.url:  # Python 3.10
            await self.server.__aenter__()
            self.addAsyncCleanup(self.server.__aexit__)

    async def connected(self, client: Client, **greeting: Any) -> FakeConnection:
        """Connects, and returns the server's end of the connection."""
        self.addAsyncCleanup(client.close)
        connection, _ = await asyncio.gather(self.server.greeted(**greeting), client.connect())
        return connection

    def new_client(self, **options: Any) -> Client:
        return Client(self.server.url, **{"timers": QUICK, **options})
