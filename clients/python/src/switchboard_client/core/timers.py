"""The client's timers, and a place to keep those that run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timers:
    """Bounds in milliseconds, as ``docs/client-spec.md`` names them.

    Client(url, timers=Timers(pong_ms=5_000))
    """

    #: From opening a socket to the greeting.
    connect_ms: float = 20_000
    #: From a ping to any frame.
    pong_ms: float = 10_000
    #: From asking for missed frames to the answer.
    resume_ms: float = 10_000
    #: How long a missing number is waited for.
    hole_ms: float = 1_000
    #: From showing a push to a frame that acknowledges it; None: acknowledgements only ride along.
    ack_ms: float | None = 2_000
    #: From sending a message to a sign of its answer.
    answer_ms: float = 30_000
    #: The first wait after an answer that asks for a repeat.
    retry_ms: float = 1_000
    #: The first bound of the wait between attempts to connect.
    backoff_ms: float = 500
    #: The largest bound of that wait.
    backoff_max_ms: float = 30_000
    #: How long a connection holds before the waits start again from the first bound.
    stable_ms: float = 10_000
    #: How long before its end a connection is changed for another, at least.
    change_ms: float = 60_000

    def backoff(self, attempt: int, random: float) -> float:
        """Full jitter: any time up to a bound that doubles."""
        return random * min(self.backoff_max_ms, self.backoff_ms * 2.0 ** min(attempt, 64))

    def retry(self, attempt: int) -> float:
        return min(self.backoff_max_ms, self.retry_ms * 2.0 ** min(attempt, 64))
