"""One connection, as the core sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ..frames import Frame
from ..values import JsonObject, as_count, as_number, as_text
from .closing import Verdict
from .inbox import Position

#: Used if the greeting does not name one.
DEFAULT_HEARTBEAT_SECONDS = 45.0

#: API Gateway's limit. Used if the greeting does not name one.
DEFAULT_MESSAGE_BYTES = 131_072


class Phase(Enum):
    OPENING = "opening"
    RECOVERING = "recovering"
    READY = "ready"


@dataclass(frozen=True)
class Greeting:
    """The ``data`` of ``connection_established``, as far as the core needs it."""

    position: Position | None
    heartbeat_ms: float
    max_message_bytes: int
    max_frame_bytes: int
    resume_token: str | None
    life_ms: float | None

    @staticmethod
    def parse(data: JsonObject) -> Greeting:
        return Greeting(
            position=Position.parse(data),
            heartbeat_ms=1_000 * (as_number(data.get("heartbeat_seconds")) or DEFAULT_HEARTBEAT_SECONDS),
            max_message_bytes=as_count(data.get("max_message_bytes")) or DEFAULT_MESSAGE_BYTES,
            max_frame_bytes=as_count(data.get("max_frame_bytes")) or DEFAULT_MESSAGE_BYTES,
            resume_token=as_text(data.get("resume_token")),
            life_ms=_milliseconds_between(data.get("server_time"), data.get("connection_expires_at")),
        )


@dataclass
class Resume:
    """A ``resume``, and the answers to it until there is no more."""

    message_id: str = ""
    asked_from: Position | None = None
    #: Frames shown because of it.
    count: int = 0
    #: Why it is not complete.
    reason: str | None = None
    failures: int = 0


@dataclass
class Link:
    """A connection that is opening or open."""

    id: int
    phase: Phase = Phase.OPENING
    greeting: Greeting | None = None
    #: Frames that came before the greeting.
    early: list[Frame] = field(default_factory=list[Frame])
    last_sent: float = 0.0
    last_received: float = 0.0
    resume: Resume | None = None
    #: When each timer of this connection fires, by its name.
    timers: dict[str, float] = field(default_factory=dict[str, float])
    #: The server closed the connection before this one as replaced: by this one, if it is greeted.
    heir_of: Verdict | None = None

    @property
    def epoch(self) -> str | None:
        """None: not greeted yet, or a server without positions."""
        return self.greeting.position.epoch if self.greeting and self.greeting.position else None

    @property
    def plain(self) -> bool:
        """True for a server that neither replays frames nor knows repeats."""
        return self.greeting is not None and self.greeting.position is None


def _milliseconds_between(start: object, end: object) -> float | None:
    """Both from the server's clock, so that the time of day on this machine does not matter."""
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    try:
        # Python 3.10 does not read the Z.
        started, ends = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, end))
        return (ends - started).total_seconds() * 1_000
    except (TypeError, ValueError):
        return None
