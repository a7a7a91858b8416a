"""Asks the server for missed frames: after a disconnect, and when a number is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..frames import Frame
from ..values import JsonObject, as_number
from .effects import Effect, Recovery
from .inbox import Inbox, Position, Resumed
from .link import Greeting, Link, Phase, Resume
from .timers import Timers

#: Errors after which asking again cannot help.
HOPELESS = ("unsupported_type", "invalid_message")


class Host(Protocol):
    """What the recoverer needs of the core."""

    def post(self, link: Link, message: JsonObject, now: float) -> int | None: ...

    def emit(self, effect: Effect) -> None: ...

    def show(self, frames: list[Frame], now: float) -> None: ...

    def ready(self, link: Link, now: float) -> None: ...


class Recoverer:
    def __init__(self, inbox: Inbox, timers: Timers, new_id: Callable[[], str], host: Host) -> None:
        self._inbox = inbox
        self._timers = timers
        self._new_id = new_id
        self._host = host
        self._greeted_before = False

    def greeted(self, link: Link, greeting: Greeting, now: float) -> None:
        """Compares the server's position with the client's, and requests what is missing (R16, R17)."""
        reconnected, self._greeted_before = self._greeted_before, True
        if greeting.position is None:
            if reconnected:
                self._host.emit(Recovery(False, 0, "unsupported"))
            self._host.ready(link, now)
            return
        if self._inbox.position is None:
            self._inbox.begin(greeting.position, link.early)
        elif not self._inbox.position.has_all_of(greeting.position):
            self.ask(link, now)
            return
        self._host.ready(link, now)

    def ask(self, link: Link, now: float) -> None:
        """Sends ``resume`` from the client's position; at most one is under way on a connection (R26)."""
        position = self._inbox.position
        if position is None:
            return
        if link.resume is None:
            link.resume = Resume()
        link.resume.asked_from = position
        link.resume.message_id = self._new_id()
        message: JsonObject = {"type": "resume", "data": position.to_json(), "message_id": link.resume.message_id}
        link.timers.pop("resume_again", None)
        link.timers["resume"] = now + self._timers.resume_ms
        self._host.post(link, message, now)

    def receive(self, link: Link, frame: Frame, now: float) -> None:
        """Takes a frame that may have a position, and shows those whose turn has come."""
        before = self._inbox.position
        self._host.show(self._inbox.receive(frame, recovering=link.phase is Phase.RECOVERING), now)
        if before and self._inbox.position and self._inbox.position.seq > before.seq:
            link.timers.pop("hole", None)  # a hole that is left is another one
        self.look_for_hole(link, now)

    def look_for_hole(self, link: Link, now: float) -> None:
        """Waits for a missing number, then asks for it (R19, R21)."""
        if link.phase is not Phase.READY or link.resume is not None or not self._inbox.has_hole:
            link.timers.pop("hole", None)
        elif self._inbox.has_other_epoch:
            self.ask(link, now)
        else:
            link.timers.setdefault("hole", now + self._timers.hole_ms)

    def answered(self, link: Link, frame: Frame, now: float) -> bool:
        """Takes the answer to ``resume``; False if the frame is another one."""
        if link.resume is None or frame.reply_to != link.resume.message_id or frame.broadcast is not None:
            return False
        if frame.type not in ("resumed", "error"):
            return False
        link.resume.message_id = ""
        link.timers.pop("resume", None)
        answer = Resumed.parse(frame.data) if frame.type == "resumed" else None
        if answer:
            self._resumed(link, link.resume, answer, now)
        else:
            self._refused(link, link.resume, frame, now)
        return True

    def _resumed(self, link: Link, resume: Resume, answer: Resumed, now: float) -> None:
        new = {frame.message_id for frame in answer.frames} - self._inbox.kept()
        shown = self._inbox.resume(answer)
        resume.count += sum(frame.message_id in new for frame in shown)
        resume.failures = 0
        if not answer.recovered:
            resume.reason = resume.reason or answer.reason or "unknown_position"
        self._host.show(shown, now)
        if not answer.more:
            self._complete(link, resume, now)
        elif self._inbox.position != resume.asked_from:
            self.ask(link, now)
        else:
            link.timers["resume_again"] = now + self._timers.retry_ms

    def _refused(self, link: Link, resume: Resume, frame: Frame, now: float) -> None:
        """R31."""
        code, after_ms = frame.data.get("code"), as_number(frame.data.get("retry_after_ms"))
        greeted: Position | None = link.greeting.position if link.greeting else None
        if code in HOPELESS and greeted:
            resume.reason = str(code)
            self._host.show(self._inbox.jump(greeted), now)
            self._complete(link, resume, now)
        elif code == "rate_limited" and after_ms is not None:
            link.timers["resume_again"] = now + after_ms
        else:
            link.timers["resume_again"] = now + self._timers.retry(resume.failures)
            resume.failures += 1

    def _complete(self, link: Link, resume: Resume, now: float) -> None:
        link.resume = None
        self._host.emit(Recovery(resume.reason is None, resume.count, resume.reason))
        if link.phase is Phase.RECOVERING:
            self._host.ready(link, now)
        self.look_for_hole(link, now)
