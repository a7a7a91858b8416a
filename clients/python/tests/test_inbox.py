from __future__ import annotations

import random
import unittest
from datetime import datetime, timedelta, timezone

from switchboard_client.core import inbox, shown
from switchboard_client.core.inbox import Inbox, Position, Resumed
from switchboard_client.frames import Frame


def push(seq: int, epoch: str = "e1") -> Frame:
    return Frame("chat_message", {}, message_id=f"{epoch}-{seq}", epoch=epoch, seq=seq)


def broadcast(position: str) -> Frame:
    return Frame("news", {}, message_id=position, broadcast=position)


def resumed(end: Position, frames: list[Frame], *, more: bool = False, void: list[int] | None = None) -> Resumed:
    return Resumed(True, None, frames, end, more, void or [])


def timed(number: int, seconds: float) -> Frame:
    """A broadcast of a time."""
    time = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return Frame("news", {}, f"b{number}", timestamp=time.isoformat(), broadcast=f"{number:06}")


class InboxTest(unittest.TestCase):
    def test_frames_in_any_order_with_repeats_are_shown_once_in_order(self) -> None:
        for seed in range(200):
            chance = random.Random(seed)
            arriving = [seq for seq in range(1, 31) for _ in range(chance.randint(1, 3))]
            chance.shuffle(arriving)
            box = Inbox(Position("e1", 0))
            shown = [frame.seq for seq in arriving for frame in box.receive(push(seq))]
            self.assertEqual(shown, list(range(1, 31)))

    def test_frames_behind_a_hole_are_bounded(self) -> None:
        box = Inbox(Position("e1", 0))
        for seq in range(2, 10 * inbox.WAITING_FRAMES):
            self.assertEqual(box.receive(push(seq)), [])
        self.assertLessEqual(len(box.kept()), inbox.WAITING_FRAMES)
        last = 10 * inbox.WAITING_FRAMES
        shown = box.resume(resumed(Position("e1", last), [push(seq) for seq in range(1, last + 1)]))
        self.assertEqual([frame.seq for frame in shown], list(range(1, last + 1)))

    def test_remembered_ids_are_bounded(self) -> None:
        box = Inbox(Position("e1", 0))
        for number in range(2 * shown.REMEMBERED_IDS):
            box.receive(Frame("chat_delta", {}, f"d{number}"))
        self.assertTrue(box.is_repeat(Frame("chat_delta", {}, f"d{2 * shown.REMEMBERED_IDS - 1_000}")))
        self.assertFalse(box.is_repeat(Frame("chat_delta", {}, "d0")))

    def test_broadcasts_are_remembered_for_ten_minutes_whatever_else_arrives(self) -> None:
        box = Inbox(Position("e1", 0))
        sent = [timed(number, number * 0.1) for number in range(6_000)]
        for number, frame in enumerate(sent):
            box.receive(frame)
            box.receive(Frame("chat_delta", {}, f"d{number}"))
        self.assertEqual(box.resume(resumed(Position("e1", 0), sent)), [])

    def test_broadcasts_that_no_server_replays_are_forgotten(self) -> None:
        box = Inbox(Position("e1", 0))
        for number in range(3):
            box.receive(timed(number, number * 600))
        self.assertEqual([pair[0] for pair in box.shown.to_json(3)], ["b1", "b2"])
        for number in range(3, 20_000):
            box.receive(timed(number, 1_200))
        self.assertEqual(len(box.shown.to_json(20_000)), shown.BROADCASTS)

    def test_handled_broadcasts_are_remembered_by_the_next_program(self) -> None:
        box = Inbox(Position("e1", 0))
        sent = [timed(number, number) for number in range(10)]
        for frame in sent:
            box.receive(frame)
        next_box = Inbox(Position("e1", 0))
        next_box.shown.restore(box.shown.to_json(7))
        self.assertEqual(next_box.resume(resumed(Position("e1", 0), sent)), sent[7:])

    def test_frames_without_an_id_are_not_repeats_of_each_other(self) -> None:
        box = Inbox()
        frame = Frame("news", {})
        self.assertEqual([len(box.receive(frame)), len(box.receive(frame))], [1, 1])

    def test_a_page_with_more_to_come_delays_broadcasts(self) -> None:
        box = Inbox(Position("e1", 0, "b1"))
        self.assertEqual(box.receive(broadcast("b5"), recovering=True), [])
        first = box.resume(resumed(Position("e1", 1, "b1"), [push(1)], more=True))
        self.assertEqual((first, box.position), ([push(1)], Position("e1", 1, "b1")))
        second = box.resume(resumed(Position("e1", 2, "b4"), [push(2), broadcast("b4")]))
        self.assertEqual(second, [push(2), broadcast("b4"), broadcast("b5")])
        self.assertEqual(box.position, Position("e1", 2, "b5"))

    def test_void_numbers_that_have_passed_are_forgotten(self) -> None:
        box = Inbox(Position("e1", 0))
        for seq in range(2, 1_000, 2):
            frame = Frame("x", {}, f"m{seq}", epoch="e1", seq=seq, raw={"void": list(range(1, seq))})
            self.assertEqual(box.receive(frame), [frame])
        self.assertEqual(box._void, set())


if __name__ == "__main__":
    unittest.main()
