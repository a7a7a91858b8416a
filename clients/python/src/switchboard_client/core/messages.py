"""Sends the application's messages, resends them if needed, and settles them with their answers."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import MessageFailed
from ..frames import Frame
from ..values import JsonObject, as_number, as_text
from .closing import TOO_LARGE
from .effects import Answered, Effect, Failed, ReplyText
from .link import Link
from .outbox import Entry, Outbox
from .stream import Stream
from .timers import Timers

#: Answers after which the message is sent again.
TRY_AGAIN = ("in_progress", "rate_limited")

#: Frames about a message that do not settle it.
NOT_AN_ANSWER = ("processing", "chat_delta")

FAILURES = {
    "cancelled": "The message was cancelled before it was sent.",
    "closed": "The client was closed before the answer came.",
    "no_answer": "No answer came in time. The server may have handled the message.",
    "outbox_full": "Too many messages wait for an answer.",
    "outcome_unknown": "The connection ended before the answer. The server may have handled the message.",
    "payload_too_large": "The message is larger than the server allows.",
}

#: Sends a message on a connection, and returns its size in bytes; None if it exceeds the server's limit.
Post = Callable[[Link, JsonObject, float], int | None]


class Messages:
    def __init__(
        self,
        outbox: Outbox,
        timers: Timers,
        post: Post,
        emit: Callable[[Effect], None],
        settled: Callable[[Entry, Frame | None], None],
    ) -> None:
        self._outbox = outbox
        self._timers = timers
        self._post = post
        self._emit = emit
        #: Told of each message that was answered; without a frame it failed.
        self._settled = settled
        self._streams: dict[str, Stream] = {}
        #: Set after rate_limited: nothing is sent before.
        self._paused_until: float | None = None
        self._pauses = 0
        #: Messages that were rate limited, and the one of them that is sent first, on its own.
        self._refused: set[str] = set()
        self._probe: str | None = None

    def add(self, entry: Entry, *, closed: bool) -> None:
        if closed or self._outbox.full:
            self._emit(Failed(entry.message_id, failure("closed" if closed else "outbox_full")))
            return
        self._outbox.add(entry)
        if entry.data.get("stream") is True:
            self._streams[entry.message_id] = Stream()

    def next_time(self) -> float | None:
        """When to call ``flush``, at the latest."""
        if self._paused_until is not None:
            return self._paused_until
        return min((entry.retry_at for entry in self._repeatable() if entry.retry_at is not None), default=None)

    def flush(self, link: Link, now: float) -> None:
        """Sends what is due on this connection."""
        if self._paused_until is not None and now < self._paused_until:
            return
        if self._paused_until is not None:
            self._paused_until = None
            self._probe = next(
                (entry.message_id for entry in self._outbox.sent if entry.message_id in self._refused), None
            )
        for entry in self._repeatable():
            overdue = entry.retry_at is not None and entry.retry_at <= now
            if overdue and link.plain and entry.connection == link.id:
                self._fail(entry, "no_answer")
            elif overdue or entry.connection != link.id:
                self._send(entry, link, now)
        if self._probe is None:
            for entry in self._outbox.number_new():
                self._send(entry, link, now)

    def _repeatable(self) -> list[Entry]:
        """Entries that may be sent again: all that were sent, or the one that is sent on its own."""
        return [entry for entry in self._outbox.sent if self._probe in (None, entry.message_id)]

    def sign(self, frame: Frame, now: float) -> None:
        """Records a frame about a message, before it is the frame's turn to be shown."""
        entry = self._outbox.get(frame.reply_to)
        if entry is None:
            return
        if entry.connection is not None:
            entry.retry_at = now + self._timers.answer_ms
        if entry.message_id == self._probe and error_code(frame) != "rate_limited":
            self._probe = None
            self._refused.clear()
            self._pauses = 0

    def add_delta(self, frame: Frame) -> None:
        stream = self._streams.get(frame.reply_to or "")
        if stream and frame.reply_to and stream.add(frame.data):
            self._emit(ReplyText(frame.reply_to, stream.text))

    def settle(self, frame: Frame, now: float) -> None:
        """Takes an answer whose turn has come."""
        entry = self._outbox.get(frame.reply_to)
        if error_code(frame) == "rate_limited":
            self._pause(entry, frame, now)
        elif entry is None or frame.type in NOT_AN_ANSWER:
            return
        elif error_code(frame) == "in_progress":
            entry.retry_at = now + self._timers.retry(entry.in_progress)
            entry.in_progress += 1
        else:
            self._settle(entry, frame)

    def ready(self, epoch: str | None) -> None:
        """A connection is ready, in this epoch: resends sent messages, if the server detects repeats."""
        self._paused_until = self._probe = None
        self._refused.clear()
        for entry in self._outbox.sent:
            entry.in_progress = 0
            if entry.maybe_handled and (entry.epoch is None or entry.epoch != epoch):
                self._fail(entry, "outcome_unknown")

    def ended(self, link: Link, close_code: int) -> None:
        """A connection has ended, and messages sent on it may be lost."""
        sent = [entry for entry in self._outbox.sent if entry.connection == link.id]
        if close_code == TOO_LARGE and sent:
            self._fail(max(sent, key=lambda entry: entry.size), "payload_too_large")
        if link.plain:
            for entry in sent:
                if entry.maybe_handled and self._outbox.get(entry.message_id):
                    self._fail(entry, "outcome_unknown")

    def cancel(self, message_id: str, link: Link | None, now: float) -> None:
        """The application cancels an answer: tells the server (R64)."""
        entry = self._outbox.get(message_id)
        if entry is None or entry.cancelled:
            return
        if not entry.size:
            self._fail(entry, "cancelled")
            return
        entry.cancelled = True
        if link and entry.connection == link.id:
            self._send_cancel(entry, link, now)

    def _send_cancel(self, entry: Entry, link: Link, now: float) -> None:
        self._post(link, {"type": "cancel", "data": {"message_id": entry.message_id}}, now)

    def abandon(self, message_id: str) -> None:
        """The answer is no longer needed: the message is not sent, or not resent."""
        entry = self._outbox.get(message_id)
        if entry:
            self._remove(entry)

    def fail_all(self) -> None:
        """The client has closed: no more answers are reported."""
        for entry in self._outbox:
            self._emit(Failed(entry.message_id, failure("closed")))
        self._streams.clear()

    def _send(self, entry: Entry, link: Link, now: float) -> None:
        size = self._post(link, entry.message(), now)
        if size is None:
            if entry.size == 0 and not entry.maybe_handled:
                self._outbox.withdraw(entry)
            self._fail(entry, "payload_too_large")
            return
        entry.size, entry.maybe_handled = size, True
        entry.connection, entry.epoch = link.id, link.epoch
        entry.retry_at = now + self._timers.answer_ms
        if entry.cancelled:
            self._send_cancel(entry, link, now)

    def _settle(self, entry: Entry, frame: Frame) -> None:
        code = error_code(frame)
        self._settled(entry, frame if code is None else None)
        if code is not None:
            self._remove(entry)
            text = as_text(frame.data.get("error")) or code
            self._emit(Failed(entry.message_id, MessageFailed(code, text, frame)))
            return
        self._remove(entry)
        self._emit(Answered(entry.message_id, frame))

    def _pause(self, entry: Entry | None, frame: Frame, now: float) -> None:
        after_ms = as_number(frame.data.get("retry_after_ms"))
        if self._paused_until is None:
            self._pauses += 1
        if after_ms is None:
            after_ms = self._timers.retry(self._pauses - 1)
        self._paused_until = max(self._paused_until or 0.0, now + after_ms)
        if entry:
            entry.connection = entry.retry_at = None
            entry.maybe_handled = False
            self._refused.add(entry.message_id)

    def _fail(self, entry: Entry, code: str) -> None:
        self._remove(entry)
        self._settled(entry, None)
        self._emit(Failed(entry.message_id, failure(code)))

    def _remove(self, entry: Entry) -> None:
        self._outbox.remove(entry)
        self._streams.pop(entry.message_id, None)
        self._refused.discard(entry.message_id)
        if entry.message_id == self._probe:
            self._paused_until = 0.0  # the pause is over: the next refused message is sent on its own


def failure(code: str) -> MessageFailed:
    return MessageFailed(code, FAILURES[code])


def is_final(frame: Frame) -> bool:
    """False for an error after which the message is resent."""
    return error_code(frame) not in TRY_AGAIN


def error_code(frame: Frame) -> str | None:
    return (as_text(frame.data.get("code")) or "internal_error") if frame.type == "error" else None
