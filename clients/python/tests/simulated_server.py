"""A model of the server behind a bad network: frames are lost, doubled and overtaken, and connections break."""

from __future__ import annotations

import heapq
import itertools
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(order=True)
class Event:
    at: float
    order: int
    run: Callable[[], None] = field(compare=False)


class Clock:
    """A queue of things to come, run in the order of their times."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._events: list[Event] = []

    def after(self, delay: float, run: Callable[[], None]) -> None:
        heapq.heappush(self._events, Event(self.now + delay, next(self._order), run))

    def next_time(self) -> float | None:
        return self._events[0].at if self._events else None

    def run_until(self, at: float) -> None:
        while self._events and self._events[0].at <= at:
            event = heapq.heappop(self._events)
            self.now = max(self.now, event.at)
            event.run()
        self.now = max(self.now, at)


class SimulatedServer:
    """Numbers its frames, keeps them, and tells repeats of messages, as the protocol says."""

    def __init__(self, clock: Clock, chance: random.Random, deliver: Callable[[int, str], None]) -> None:
        self.clock = clock
        self.chance = chance
        self.deliver = deliver
        self.loss = 0.1
        self.log: dict[int, Json] = {}
        self.void: set[int] = set()
        self.last_seq = 0
        self.broadcasts: list[Json] = []
        self.handled: dict[tuple[str, int], Json | None] = {}
        self.count: dict[str, int] = {}
        self.open: set[int] = set()
        self._ids = itertools.count(1)

    # The network

    def post(self, connection: int | None, frame: Json) -> None:
        """Frames may be lost, come twice, or overtake each other; each post is an HTTP request of its own."""
        if connection not in self.open or self.chance.random() < self.loss:
            return
        for _ in range(1 if self.chance.random() < 0.9 else 2):
            self.clock.after(self.chance.uniform(1, 300), lambda: self._arrive(connection, frame))

    def _arrive(self, connection: int, frame: Json) -> None:
        if connection in self.open:
            self.deliver(connection, json.dumps(frame))

    def newest(self) -> int | None:
        return max(self.open, default=None)

    # What the team does

    def push(self) -> None:
        seq = self._take_number()
        if self.chance.random() < 0.1:
            self.void.add(seq)  # its handler died
            return
        self.log[seq] = self._frame("chat_message", {"content": f"push {seq}", "from_api": True}, epoch="e1", seq=seq)
        self.post(self.newest(), self.log[seq])

    def broadcast(self) -> None:
        position = f"b{len(self.broadcasts) + 1:05}"
        self.broadcasts.append(self._frame("news", {"n": position}, broadcast=position))
        # No number tells of a lost broadcast: this network keeps their order, and loses them with the connection.
        connection, frame = self.newest(), self.broadcasts[-1]
        if connection is not None:
            self.clock.after(300, lambda: self._arrive(connection, frame))

    # What the client sends

    def greet(self, connection: int) -> None:
        self.open.add(connection)
        data = {
            "client_id": "c-1",
            "server_time": "2026-01-01T00:00:00.000Z",
            "connection_expires_at": "2026-01-01T00:05:00.000Z",
            "heartbeat_seconds": 20,
            "max_message_bytes": 131_072,
            "max_frame_bytes": 32_768,
            "epoch": "e1",
            "seq": self.last_seq,
            "broadcast": self.broadcasts[-1]["broadcast"] if self.broadcasts else "b00000",
        }
        self._answer(connection, self._frame("connection_established", data))

    def receive(self, connection: int, message: Json) -> None:
        if connection not in self.open:
            return
        if message["type"] == "ping":
            self._answer(connection, self._frame("pong", {}, reply_to=message["message_id"]))
        elif message["type"] == "resume":
            self._answer(connection, self._resumed(message))
        elif self.chance.random() >= self.loss:
            self._handle(connection, message)

    def _handle(self, connection: int, message: Json) -> None:
        key = (message["sender"], message["sender_seq"])
        newest = max((seq for sender, seq in self.handled if sender == key[0]), default=0)
        assert key[1] > newest - 32, f"{key} is out of the window of {newest}"
        if key in self.handled:
            stored = self.handled[key]
            self.post(connection, stored or self._error("in_progress", message))
            return
        if self.chance.random() < 0.05:
            self.void.add(seq := self._take_number())  # it carries its number, and is not kept
            self.post(
                connection, {**self._error("rate_limited", message, retry_after_ms=500), "epoch": "e1", "seq": seq}
            )
            return
        self.handled[key] = None
        self.count[message["message_id"]] = self.count.get(message["message_id"], 0) + 1
        self.clock.after(self.chance.uniform(0, 3_000), lambda: self._reply(connection, key, message))

    def _reply(self, connection: int, key: tuple[str, int], message: Json) -> None:
        seq = self._take_number()
        data = {"content": f"Echo: {message['data']['content']}", "status": "completed", "model": "echo"}
        self.log[seq] = self._frame("chat_response", data, reply_to=message["message_id"], epoch="e1", seq=seq)
        self.handled[key] = self.log[seq]
        self.post(connection if connection in self.open else self.newest(), self.log[seq])

    def _resumed(self, message: Json) -> Json:
        seq, broadcast = message["data"]["seq"], message["data"].get("broadcast", "")
        end = min(self.last_seq, seq + 5)  # pages of five, so that there is more
        void = [number for number in range(seq + 1, end + 1) if number not in self.log]
        self.void.update(void)
        frames = [self.log[number] for number in range(seq + 1, end + 1) if number in self.log]
        more = end < self.last_seq
        missed = [] if more else [frame for frame in self.broadcasts if frame["broadcast"] >= broadcast]
        data = {
            "recovered": True,
            "frames": frames + missed,
            "epoch": "e1",
            "seq": end,
            "broadcast": missed[-1]["broadcast"] if missed else broadcast,
            "more": more,
            "void": void,
        }
        return self._frame("resumed", data, reply_to=message["message_id"])

    def _answer(self, connection: int, frame: Json) -> None:
        """An answer on the connection of its question; it comes late, but it comes."""
        self.clock.after(self.chance.uniform(1, 200), lambda: self._arrive(connection, frame))

    def _error(self, code: str, message: Json, **data: Any) -> Json:
        return self._frame("error", {"error": code, "code": code, **data}, reply_to=message["message_id"])

    def _take_number(self) -> int:
        self.last_seq += 1
        return self.last_seq

    def _frame(self, type: str, data: Json, **fields: Any) -> Json:
        return {"type": type, "data": data, "message_id": f"s-{next(self._ids)}", "timestamp": "", **fields}
