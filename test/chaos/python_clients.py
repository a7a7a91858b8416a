"""Clients of the Python library for ``clients.ts``: commands come as lines on the input, events go as lines to the output."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import time
from typing import Any

from switchboard_client import Client, Frame, Recovery, State, StateChange, Timers


def say(*event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")


class Memory:
    """A storage that only ignores what is saved after the program has ended."""

    def __init__(self, stored: dict[str, Any] | None = None) -> None:
        self.stored = stored
        self.closed = False

    def load(self) -> dict[str, Any] | None:
        return self.stored

    def save(self, value: dict[str, Any]) -> None:
        if not self.closed:
            self.stored = json.loads(json.dumps(value))


class Program:
    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.name = name
        self.options = options
        self.random = random.Random(f"{options['seed']} {name}")
        self.sent = 0
        self.client_id: str | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.sender: asyncio.Task[Any] | None = None
        self.restarter: asyncio.Task[Any] | None = None
        self.memory = Memory() if name in options["restarting"] else None
        self.client = self.new_client()

    def new_client(self) -> Client:
        memory = self.memory
        url = f"{self.options['url']}/?client={self.name}"
        client = Client(url, storage=memory, timers=Timers(**self.options["timers"]))

        def alive() -> bool:
            return self.memory is memory and self.client is client

        @client.on()
        def show(frame: Frame) -> None:
            if alive():
                shown = {"type": frame.type, "message_id": frame.message_id, "data": frame.data, "epoch": frame.epoch}
                shown.update(seq=frame.seq, is_broadcast=frame.broadcast is not None, at=time.time() * 1000)
                say("shown", self.name, shown)

        @client.on_recovery
        def recovered(recovery: Recovery) -> None:
            if alive():
                say("recovery", self.name, recovery.recovered, recovery.count, recovery.reason)

        @client.on_state
        def changed(change: StateChange) -> None:
            if not alive():
                return
            if change.state is State.CLOSED:
                say("other", f"{self.name} has ended: {change.reason} {change.message}")
            if change.state is State.CONNECTED and self.client_id not in (None, client.client_id):
                say("other", f"{self.name} became another client")

        return client

    async def connect(self) -> None:
        await self.client.connect()
        self.client_id = self.client.client_id
        say("connected", self.name, self.client_id)

    def begin(self) -> None:
        self.sender = asyncio.create_task(self.send_on())
        if self.memory:
            self.restarter = asyncio.create_task(self.restart_later())

    def stop(self) -> None:
        for task in (self.sender, self.restarter):
            if task:
                task.cancel()

    async def send_on(self) -> None:
        while True:
            await asyncio.sleep(self.random.random() * 2 * self.options["sendEvery"] / 1000)
            self.sent += 1
            is_tool = self.sent % 4 == 0
            id = f"{'tool' if is_tool else 'chat'}:{self.name}:{self.sent}"
            say("sent", self.name, id)
            task = asyncio.create_task(self.send(self.client, id, is_tool))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            await asyncio.sleep(0)

    async def send(self, client: Client, id: str, is_tool: bool) -> None:
        try:
            if is_tool:
                await client.call_tool("work", {"id": id})
            else:
                await client.chat(id)
        except Exception as error:
            if client is self.client:
                say("other", f"{id} failed: {error!r}")

    async def restart_later(self) -> None:
        await asyncio.sleep(self.options["restartAfter"] / 1000 * (0.5 + self.random.random()))
        old, memory = self.client, self.memory
        assert memory
        memory.closed = True  # nothing of the old program is heard or stored any more
        self.memory = Memory(memory.stored)
        self.client = self.new_client()
        for task in (old.close(), self.client.connect()):
            self.tasks.add(asyncio.create_task(task))


async def main() -> None:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    options = json.loads(await reader.readline())
    programs = [Program(name, options) for name in options["names"]]
    await asyncio.gather(*[program.connect() for program in programs])
    say("ready")
    while line := await reader.readline():
        if json.loads(line)["do"] == "begin":
            for program in programs:
                program.begin()
        else:
            for program in programs:
                program.stop()
            say("stopped")


logging.basicConfig(level=logging.ERROR)
asyncio.run(main())
