"""What the vectors do not cover: the core on its own, with the test's clock."""

from __future__ import annotations

import itertools
import json
import unittest
from typing import Any

from switchboard_client.core import effects
from switchboard_client.core.core import Core, CoreOptions
from switchboard_client.core.effects import Effect, State

GREETING = {
    "client_id": "c-1",
    "server_time": "2026-01-01T00:00:00Z",
    "epoch": "e1",
    "seq": 0,
    "heartbeat_seconds": 100_000,
}

EXPIRES: dict[str, Any] = {"connection_expires_at": "2026-01-01T02:00:00Z"}


class World:
    """A core and its outputs."""

    def __init__(self, stored: dict[str, Any] | None = None, **options: Any) -> None:
        ids = itertools.count(1)
        self.now = 0.0
        self.core = Core(CoreOptions(**options), random=lambda: 0.5, new_id=lambda: f"id-{next(ids)}", stored=stored)
        self.core.connect(self.now)

    def frame(self, connection: int, type: str, data: dict[str, Any] | None = None, **fields: Any) -> None:
        frame = {"type": type, "data": data or {}, "message_id": f"s-{self.now}-{type}-{fields}", **fields}
        self.core.received(connection, json.dumps(frame), self.now)

    def greet(self, connection: int = 1, **data: Any) -> None:
        self.frame(connection, "connection_established", {**GREETING, **data})

    def advance(self, milliseconds: float) -> None:
        end = self.now + milliseconds
        while (at := self.core.next_time()) is not None and at <= end:
            self.now = at
            self.core.advance(at)
        self.now = end

    def take(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.core.take_effects() if isinstance(effect, kind)]

    def sent(self, type: str) -> list[dict[str, Any]]:
        return [effect.frame for effect in self.take(effects.Send) if effect.frame["type"] == type]


class CoreTest(unittest.TestCase):
    def test_memory_is_stored_before_a_message_is_sent_and_only_if_it_changed(self) -> None:
        world = World()
        world.greet()
        world.core.take_effects()
        world.core.send("chat_message", {"content": "a"}, world.now)
        kinds = [type(effect) for effect in world.core.take_effects()]
        self.assertEqual(kinds, [effects.Save, effects.Send])
        world.frame(1, "pong")
        world.frame(1, "processing", reply_to="id-2")
        self.assertEqual(world.core.take_effects(), [])

    def test_removal_during_a_planned_replacement_stops_the_client(self) -> None:
        world = World()
        world.greet(**EXPIRES)
        world.advance(7_110_000)
        world.frame(1, "connection_closing", {"reason": "removed", "reconnect": False})
        self.assertIs(world.core.state, State.CLOSED)
        self.assertEqual([effect.connection for effect in world.take(effects.Disconnect)][-1], 2)

    def test_a_successor_may_drop_later_and_reconnect(self) -> None:
        world = World()
        world.greet(**EXPIRES)
        world.advance(7_110_000)
        world.frame(1, "connection_closing", {"reason": "replaced", "reconnect": False})
        world.greet(2)
        world.core.ended(2, None, world.now)
        self.assertIs(world.core.state, State.WAITING)

    def test_a_greeting_resets_the_count_of_refused_tokens(self) -> None:
        world = World(has_tokens=True)
        world.core.refused(1, 403, world.now)
        world.advance(1_000)
        world.greet(2)
        world.core.ended(2, None, world.now)
        world.advance(1_000)
        world.core.refused(3, 403, world.now)
        self.assertIs(world.core.state, State.WAITING)

    def test_an_answer_to_resume_resets_its_back_off(self) -> None:
        world = World({"epoch": "e1", "seq": 1})
        world.greet(seq=9)
        error = {"code": "internal_error"}
        world.frame(1, "error", error, reply_to=world.sent("resume")[0]["message_id"])
        world.advance(1_000)
        page = {"recovered": True, "frames": [], "epoch": "e1", "seq": 3, "void": [2, 3], "more": True}
        world.frame(1, "resumed", page, reply_to=world.sent("resume")[0]["message_id"])
        world.frame(1, "error", error, reply_to=world.sent("resume")[0]["message_id"])
        world.advance(1_000)
        self.assertEqual(world.sent("resume")[0]["data"], {"epoch": "e1", "seq": 3})

    def test_a_closing_before_the_greeting_is_obeyed(self) -> None:
        world = World()
        world.frame(1, "connection_closing", {"reason": "stopping", "reconnect": True, "after_ms": 4_000})
        self.assertIs(world.core.state, State.WAITING)
        [change] = [change for change in world.take(effects.StateChange) if change.state is State.WAITING]
        self.assertEqual((change.reason, change.retry_in_ms), ("stopping", 4_250))

    def test_a_push_before_a_lost_connection_is_acknowledged_afterwards(self) -> None:
        world = World()
        world.greet()
        world.frame(1, "chat_message", epoch="e1", seq=1)
        world.core.ended(1, None, world.now)
        world.advance(300)
        world.greet(2, seq=1)
        world.core.take_effects()
        world.advance(2_000)
        self.assertEqual([ping["ack"] for ping in world.sent("ping")], [1])

    def test_an_answer_cancels_its_repeat_that_waits_after_a_rate_limit(self) -> None:
        world = World()
        world.greet()
        message_id = world.core.send("chat_message", {"content": "a"}, world.now)
        world.frame(1, "error", {"code": "rate_limited", "retry_after_ms": 500}, reply_to=message_id)
        world.frame(1, "chat_response", {"content": "b"}, reply_to=message_id, epoch="e1", seq=1)
        world.core.take_effects()
        other = world.core.send("chat_message", {"content": "b"}, world.now)
        world.advance(1_000)
        self.assertEqual([frame["message_id"] for frame in world.sent("chat_message")], [other])

    def test_abandoning_the_message_that_probes_a_rate_limit_releases_the_others(self) -> None:
        world = World()
        world.greet()
        first, second = (world.core.send("chat_message", {"content": text}, world.now) for text in "ab")
        for message_id in (first, second):
            world.frame(1, "error", {"code": "rate_limited", "retry_after_ms": 500}, reply_to=message_id)
        world.advance(500)
        world.core.take_effects()
        world.core.abandon(first, world.now)
        self.assertEqual([frame["message_id"] for frame in world.sent("chat_message")], [second])

    def test_due_timers_during_a_planned_replacement_do_not_spin(self) -> None:
        world = World()
        world.greet(**EXPIRES)
        world.advance(7_100_000)
        world.core.send("chat_message", {"content": "a"}, world.now)
        world.advance(10_000)
        world.greet(2, seq=5)  # the successor recovers, and holds messages back
        world.advance(9_000)
        self.assertIs(world.core.state, State.CONNECTED)

    def test_a_stored_message_that_was_sent_is_not_sent_to_a_server_that_forgot(self) -> None:
        entry = {"message_id": "m1", "type": "chat_message", "data": {}, "sender": "s", "sender_seq": 3, "epoch": "e0"}
        waiting = {"message_id": "m2", "type": "chat_message", "data": {}}
        world = World({"epoch": "e0", "seq": 4, "outbox": [entry, waiting, "nonsense", {"type": 1}]})
        world.greet()
        [resume] = world.sent("resume")
        data = {"recovered": False, "reason": "unknown_position", "frames": [], "epoch": "e1", "seq": 0}
        world.frame(1, "resumed", data, reply_to=resume["message_id"])
        outputs: list[Effect] = world.core.take_effects()
        failed = [(e.message_id, e.error.code) for e in outputs if isinstance(e, effects.Failed)]
        sent = [e.frame["message_id"] for e in outputs if isinstance(e, effects.Send)]
        self.assertEqual((failed, sent), ([("m1", "outcome_unknown")], ["m2"]))

    def test_a_plain_successor_does_not_get_a_message_that_was_sent(self) -> None:
        world = World()
        world.greet(**EXPIRES)
        world.advance(7_100_000)
        world.core.send("chat_message", {"content": "a"}, world.now)
        world.advance(10_000)
        world.core.take_effects()
        world.greet(2, epoch=None, seq=None)
        outputs = world.core.take_effects()
        self.assertEqual([e.error.code for e in outputs if isinstance(e, effects.Failed)], ["outcome_unknown"])
        self.assertEqual([e for e in outputs if isinstance(e, effects.Send)], [])

    def test_a_closed_client_refuses_messages_and_fires_no_timer(self) -> None:
        world = World()
        world.greet()
        world.core.close()
        world.core.take_effects()
        world.core.send("chat_message", {"content": "a"}, world.now)
        [failed] = world.take(effects.Failed)
        self.assertEqual(failed.error.code, "closed")
        self.assertIsNone(world.core.next_time())


if __name__ == "__main__":
    unittest.main()
