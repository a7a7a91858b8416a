"""What the client has received: its position, frames that wait for a missing one, and repeats to drop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..frames import Frame, parse_frame
from ..values import JsonObject, as_count, as_list, as_text
from .shown import ShownIds

#: Frames that may wait behind a missing one. More are dropped: the server replays them.
WAITING_FRAMES = 1_024


@dataclass(frozen=True)
class Position:
    """The client has every durable frame of ``epoch`` up to ``seq``, and the broadcasts up to ``broadcast``."""

    epoch: str
    seq: int
    broadcast: str | None = None

    @staticmethod
    def parse(data: JsonObject) -> Position | None:
        epoch, seq = as_text(data.get("epoch")), as_count(data.get("seq"))
        if epoch is None or seq is None:
            return None
        return Position(epoch, seq, as_text(data.get("broadcast")))

    def to_json(self) -> JsonObject:
        position: JsonObject = {"epoch": self.epoch, "seq": self.seq}
        if self.broadcast is not None:
            position["broadcast"] = self.broadcast
        return position

    def has_all_of(self, other: Position) -> bool:
        same = (self.epoch, self.seq) == (other.epoch, other.seq)
        return same and (other.broadcast or "") <= (self.broadcast or "")


@dataclass(frozen=True)
class Resumed:
    """The server's answer to ``resume``."""

    recovered: bool
    reason: str | None
    frames: list[Frame]
    position: Position
    more: bool
    void: list[int]

    @staticmethod
    def parse(data: JsonObject) -> Resumed | None:
        position = Position.parse(data)
        if position is None:
            return None
        return Resumed(
            recovered=data.get("recovered") is True,
            reason=as_text(data.get("reason")),
            frames=[frame for frame in map(parse_frame, as_list(data.get("frames"))) if frame],
            position=position,
            more=data.get("more") is True,
            void=numbers(data.get("void")),
        )


class Inbox:
    """Puts numbered frames in order, and drops repeats."""

    def __init__(self, position: Position | None = None) -> None:
        self.position = position
        self._waiting: dict[tuple[str, int], Frame] = {}
        self._void: set[tuple[str, int]] = set()
        self._held: list[Frame] = []
        self.shown = ShownIds()
        #: The last number that the server has given out, as a pong said.
        self._given: tuple[str, int] | None = None

    @property
    def has_hole(self) -> bool:
        return bool(self._waiting) or self._given is not None

    @property
    def has_other_epoch(self) -> bool:
        numbers = [*self._waiting, self._given] if self._given else [*self._waiting]
        return any(self.position is None or epoch != self.position.epoch for epoch, _ in numbers)

    def kept(self) -> set[str]:
        """The ids of frames that have come, and whose turn has not."""
        return {frame.message_id for frame in (*self._waiting.values(), *self._held)}

    def begin(self, position: Position | None, early: list[Frame]) -> None:
        """Takes a first position. A frame that came before it must not be taken for a repeat."""
        for frame in early:
            if position and frame.seq is not None and frame.epoch == position.epoch:
                position = replace(position, seq=min(position.seq, frame.seq - 1))
        self.position = position

    def jump(self, position: Position) -> list[Frame]:
        """Continues from another position, without proof that nothing is lost; returns the waiting frames."""
        return self.resume(Resumed(False, None, [], position, False, []))

    def expect(self, epoch: str | None, seq: int | None) -> None:
        """The server has given out this number, whether or not its frame has come."""
        if self.position and epoch is not None and seq is not None:
            self._given = (epoch, seq)
            self._forget_given()

    def is_repeat(self, frame: Frame) -> bool:
        return self._has_number(frame) or frame.message_id in self.shown

    def _has_number(self, frame: Frame) -> bool:
        if frame.epoch is None or frame.seq is None:
            return False
        if (frame.epoch, frame.seq) in self._waiting:
            return True
        return self.position is not None and frame.epoch == self.position.epoch and frame.seq <= self.position.seq

    def receive(self, frame: Frame, *, recovering: bool = False) -> list[Frame]:
        """Accepts a frame, and returns the frames whose turn it is.

        While the client is recovering, broadcasts are held: those that were missed come first.
        """
        if self._has_number(frame):
            return []
        if self.position and frame.epoch is not None and frame.seq is not None:
            if len(self._waiting) >= WAITING_FRAMES:
                self._waiting.clear()
            self._waiting[frame.epoch, frame.seq] = frame
            self._add_void(frame.epoch, numbers(frame.raw.get("void")))
            return self._show(self._next_in_line())
        if recovering and frame.broadcast is not None:
            self._held.append(frame)
            return []
        return self._show([frame])

    def resume(self, answer: Resumed) -> list[Frame]:
        """Takes the answer to ``resume``, and returns the frames that it completes, in order."""
        end = answer.position
        turn: list[Frame] = []
        self._given = None
        if self.position is None or self.position.epoch != end.epoch:
            turn += self._take_waiting(lambda epoch, _: epoch != end.epoch)
            self.position = Position(end.epoch, 0)
        for frame in answer.frames:
            if frame.epoch == end.epoch and frame.seq is not None and not self._has_number(frame):
                self._waiting[end.epoch, frame.seq] = frame
        turn += self._take_waiting(lambda epoch, seq: epoch == end.epoch and seq <= end.seq)
        if answer.recovered:
            self._move(end.seq)
        else:  # a server that lost numbers assigns them again
            self.position = replace(self.position, seq=end.seq)
        self._add_void(end.epoch, answer.void)
        turn += self._next_in_line()
        turn += [frame for frame in answer.frames if frame.seq is None]
        shown = self._show(turn + self._take_waiting(lambda epoch, _: epoch != end.epoch))
        if end.broadcast is not None:
            self.position = replace(self.position, broadcast=end.broadcast)
        if not answer.more:
            shown += self._show(self._held)
            self._held = []
        return shown

    def _add_void(self, epoch: str, void: list[int]) -> None:
        passed = self.position.seq if self.position and self.position.epoch == epoch else 0
        self._void = {key for key in self._void if key[0] != epoch or key[1] > passed}
        self._void.update((epoch, number) for number in void if number > passed)

    def _take_waiting(self, wanted: Callable[[str, int], bool]) -> list[Frame]:
        keys = sorted(key for key in self._waiting if wanted(*key))
        return [self._waiting.pop(key) for key in keys]

    def _next_in_line(self) -> list[Frame]:
        turn: list[Frame] = []
        while self.position:
            key = (self.position.epoch, self.position.seq + 1)
            if key in self._waiting:
                turn.append(self._waiting.pop(key))
            elif key not in self._void:
                break
            self._void.discard(key)
            self._move(key[1])
        return turn

    def _show(self, frames: list[Frame]) -> list[Frame]:
        """Drops repeats, and remembers the others."""
        shown: list[Frame] = []
        for frame in frames:
            if frame.message_id in self.shown:
                continue
            shown.append(frame)
            self.shown.add(frame)
            if frame.broadcast is not None:
                self._move_broadcast(frame.broadcast)
        return shown

    def _move(self, seq: int) -> None:
        if self.position and seq > self.position.seq:
            self.position = replace(self.position, seq=seq)
            self._forget_given()

    def _forget_given(self) -> None:
        """A number that the position has reached is not a hole."""
        if self.position and self._given and self._given[0] == self.position.epoch:
            if self._given[1] <= self.position.seq:
                self._given = None

    def _move_broadcast(self, broadcast: str) -> None:
        if self.position and broadcast > (self.position.broadcast or ""):
            self.position = replace(self.position, broadcast=broadcast)


def numbers(value: object) -> list[int]:
    return [number for number in map(as_count, as_list(value)) if number is not None]
