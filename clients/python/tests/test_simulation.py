"""The core against a model of the server and a bad network: nothing is lost, duplicated, or out of order."""

from __future__ import annotations

import itertools
import json
import os
import random
import unittest
from functools import partial
from typing import Any

from switchboard_client.core import effects
from switchboard_client.core.core import Core, CoreOptions
from switchboard_client.core.effects import Effect, State

from .simulated_server import Clock, SimulatedServer

SEEDS = int(os.environ.get("SEEDS", "25"))

#: Connections are numbered anew in each run of the program; the server tells them apart.
RUN = 1_000_000


class Simulation:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clock = Clock()
        self.server = SimulatedServer(self.clock, self.chance, self.arrived)
        self.stored: dict[str, Any] | None = None
        self.seen: list[tuple[int | None, str | None]] = []
        self.sent: list[str] = []
        self.settled: set[str] = set()
        self.answered: set[str] = set()
        self.recovered: list[bool] = []
        self.ids = itertools.count(1)
        self.runs = 0
        self.start()

    # The program

    def start(self) -> None:
        """Starts the program, from what was stored."""
        self.runs += 1
        self.server.open.clear()
        self.core = Core(
            CoreOptions(keeps_outbox=True),
            random=self.chance.random,
            new_id=lambda: f"id-{next(self.ids)}",
            stored=self.stored,
        )
        self.core.connect(self.clock.now)
        self.settle()

    def settle(self) -> None:
        while outputs := self.core.take_effects():
            for effect in outputs:
                self.take(effect)

    def take(self, effect: Effect) -> None:
        match effect:
            case effects.Save():
                self.stored = json.loads(json.dumps(self.core.to_json()))
            case effects.Connect(connection, _):
                self.clock.after(self.chance.uniform(1, 500), partial(self.connected, self.key(connection)))
            case effects.Send(connection, text, _, _):
                self.clock.after(self.chance.uniform(1, 50), partial(self.upstream, self.key(connection), text))
            case effects.Disconnect(connection, _):
                self.server.open.discard(self.key(connection))
            case effects.Received(frame):
                self.seen.append((frame.seq, frame.broadcast))
                self.answered.update([frame.reply_to] if frame.reply_to else [])
            case effects.Moved():
                self.core.handled(effect)
            case effects.Answered(message_id, _):
                assert message_id not in self.settled, "settled twice"
                self.settled.add(message_id)
            case effects.Failed(message_id, error):
                raise AssertionError(f"{message_id} failed: {error.code}")
            case effects.Recovery(recovered, _, _):
                self.recovered.append(recovered)

    # The network

    def key(self, connection: int) -> int:
        return RUN * self.runs + connection

    def connected(self, key: int) -> None:
        if key // RUN != self.runs:
            return
        if self.chance.random() < 0.1:
            self.core.refused(key % RUN, 503, self.clock.now)
            self.settle()
        else:
            self.server.greet(key)

    def arrived(self, key: int, text: str) -> None:
        self.core.received(key % RUN, text, self.clock.now)
        self.settle()

    def upstream(self, key: int, text: str) -> None:
        self.server.receive(key, json.loads(text))

    def drop(self) -> None:
        """A connection breaks. The client is not always told: then its socket is dead."""
        if self.server.open:
            key = self.chance.choice(sorted(self.server.open))
            self.server.open.discard(key)
            if self.chance.random() < 0.7:
                self.core.ended(key % RUN, self.chance.choice([1001, 1006, None]), self.clock.now)
                self.settle()

    # What happens

    def run(self, milliseconds: float) -> None:
        end = self.clock.now + milliseconds
        while True:
            times = [at for at in (self.clock.next_time(), self.core.next_time()) if at is not None and at <= end]
            if not times:
                break
            self.clock.run_until(min(times))
            self.core.advance(self.clock.now)
            self.settle()
        self.clock.run_until(end)

    def disturb(self) -> None:
        what = self.chance.random()
        if what < 0.3:
            self.server.push()
        elif what < 0.4:
            self.server.broadcast()
        elif what < 0.7:
            content = f"message {len(self.sent)}"
            self.sent.append(self.core.send("chat_message", {"content": content}, self.clock.now))
            self.settle()
        elif what < 0.75:
            self.drop()
        elif what < 0.76:
            self.start()

    def calm_down(self) -> None:
        self.server.loss = 0.0
        self.run(120_000)
        self.server.push()
        self.run(120_000)


class Simulated(unittest.TestCase):
    def test_every_frame_is_shown_once_in_order_and_every_message_is_handled_once(self) -> None:
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                self.check(Simulation(seed))

    def check(self, world: Simulation) -> None:
        while world.core.state is not State.CONNECTED:
            world.run(100)
        for _ in range(400):
            world.disturb()
            world.run(world.chance.uniform(0, 1_000))
        world.calm_down()

        self.assertEqual(world.core.state, State.CONNECTED)
        self.assertEqual([seq for seq, _ in world.seen if seq is not None], sorted(world.server.log))
        broadcasts = [broadcast for _, broadcast in world.seen if broadcast is not None]
        self.assertEqual(set(broadcasts), {frame["broadcast"] for frame in world.server.broadcasts})
        self.assertEqual(world.answered, set(world.sent))
        self.assertEqual(max(world.server.count.values()), 1, "a message was handled twice")
        self.assertTrue(all(world.recovered))
        if world.runs == 1:  # a program that starts again does not know which broadcasts it had
            self.assertEqual(len(broadcasts), len(set(broadcasts)))


if __name__ == "__main__":
    unittest.main()
