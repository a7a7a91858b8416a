"""The connections: the one in use, and its successor during a planned change."""

from __future__ import annotations

from collections.abc import Callable

from .closing import Verdict
from .effects import Connect, Disconnect, Effect
from .link import Greeting, Link, Phase
from .timers import Timers

#: Ends of a connection that do not stop its successor.
SUCCESSOR_GOES_ON = ("replaced", "closed_by_server", "protocol_error")


class Links:
    def __init__(self, timers: Timers, random: Callable[[], float], emit: Callable[[Effect], None]) -> None:
        self._timers = timers
        self._random = random
        self._emit = emit
        self._count = 0
        #: In use, or being opened.
        self.current: Link | None = None
        #: Being opened, while the current one is still in use.
        self.successor: Link | None = None
        self.resume_token: str | None = None
        #: Failed attempts in a row: of reconnecting, and of a planned change of connection. They set the back-off.
        self._attempt = self._change_attempt = 0

    def all(self) -> list[Link]:
        return [link for link in (self.current, self.successor) if link]

    def find(self, connection: int) -> Link | None:
        return next((link for link in self.all() if link.id == connection), None)

    def for_messages(self) -> Link | None:
        """The newest connection that was greeted, if it is complete (R48)."""
        link = self.successor if self.successor and self.successor.greeting else self.current
        return link if link and link.phase is Phase.READY else None

    def open(self, now: float) -> None:
        self.current = self._new(now)

    def open_successor(self, now: float) -> None:
        if self.successor is None:
            self.successor = self._new(now)

    def greeted(self, link: Link, greeting: Greeting, now: float) -> None:
        link.greeting = greeting
        link.phase = Phase.RECOVERING
        link.last_sent = link.last_received = now
        del link.timers["connect"]
        link.timers["stable"] = now + self._timers.stable_ms
        self._change_attempt = 0
        if greeting.resume_token is not None:
            self.resume_token = greeting.resume_token
        self._schedule_ping(link)
        if greeting.life_ms is not None and greeting.position is not None:  # R46
            early = self._timers.change_ms * (1 + self._random())
            link.timers["change"] = now + max(greeting.life_ms - early, greeting.life_ms / 2)
        if link is self.current:
            link.heir_of = None

    def ready(self, link: Link) -> None:
        """The connection is complete. If it is the successor, the first one is left."""
        link.phase = Phase.READY
        if link is self.successor:
            if self.current:
                self._emit(Disconnect(self.current.id, 1000))
            self.current, self.successor = link, None

    def sent(self, link: Link, now: float) -> None:
        link.last_sent = now
        self._schedule_ping(link)

    def received(self, link: Link, now: float) -> None:
        link.last_received = now
        link.timers.pop("pong", None)
        self._schedule_ping(link)

    def pinged(self, link: Link, now: float) -> None:
        """There is no further ping until a frame arrives."""
        link.timers.pop("ping", None)
        link.timers.setdefault("pong", now + self._timers.pong_ms)

    def lost(self, link: Link, verdict: Verdict, now: float) -> Verdict | None:
        """Removes a connection that has ended. Returns the verdict to follow; None if another connection continues."""
        if link is self.successor:
            self.successor = None
            if self.current:
                wait = self._timers.backoff(self._change_attempt, self._random())
                self._change_attempt += 1
                self.current.timers["change"] = now + wait
            return None
        if self.successor and (verdict.reconnect or verdict.reason in SUCCESSOR_GOES_ON):  # R49
            self.current, self.successor = self.successor, None
            self.current.heir_of = verdict if verdict.reason == "replaced" else None
            return None
        self.current = None
        return link.heir_of or verdict

    def wait_ms(self, verdict: Verdict) -> float:
        """How long to wait before the next attempt (R10, R14)."""
        wait = verdict.after_ms + self._timers.backoff(self._attempt, self._random())
        self._attempt += 1
        return wait

    def start_over(self) -> None:
        """The next wait is a short one again."""
        self._attempt = 0

    def leave_all(self) -> None:
        for link in self.all():
            self._emit(Disconnect(link.id, 1000))
        self.current = self.successor = None

    def _new(self, now: float) -> Link:
        self._count += 1
        link = Link(self._count)
        link.timers["connect"] = now + self._timers.connect_ms
        self._emit(Connect(link.id, self.resume_token))
        return link

    def _schedule_ping(self, link: Link) -> None:
        """R7."""
        if link.greeting and "pong" not in link.timers:
            link.timers["ping"] = min(link.last_sent, link.last_received) + link.greeting.heartbeat_ms
