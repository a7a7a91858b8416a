"""Messages to send, kept until the server has answered them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..values import JsonObject, as_count, as_list, as_object, as_text

#: The most messages of one sender that may wait for an answer. The server recognizes repeats of this many.
WINDOW = 32

STORED_FIELDS = ("message_id", "type", "data", "reply_to", "sender", "sender_seq", "epoch")


@dataclass
class Entry:
    """A message that waits for its answer."""

    message_id: str
    type: str
    data: JsonObject
    reply_to: str | None = None
    #: Given when the message is first sent, and the same at each repeat.
    sender: str | None = None
    sender_seq: int | None = None
    #: The connection that it was last sent on; None if it is to be sent (again).
    connection: int | None = None
    #: The epoch of the server that it was sent to; None for a server that cannot tell a repeat.
    epoch: str | None = None
    #: True if a server may have it, and may have acted on it.
    maybe_handled: bool = False
    #: Bytes, when it was last sent.
    size: int = 0
    #: When to send it again if nothing comes; in milliseconds of the clock.
    retry_at: float | None = None
    #: How often the server answered ``in_progress``.
    in_progress: int = 0
    #: True if the application wants no answer: the server is told each time that it may not know.
    cancelled: bool = False

    @property
    def sent(self) -> bool:
        return self.sender_seq is not None

    def message(self) -> JsonObject:
        message: JsonObject = {"type": self.type, "data": self.data, "message_id": self.message_id}
        if self.reply_to is not None:
            message["reply_to"] = self.reply_to
        message.update(sender=self.sender, sender_seq=self.sender_seq)
        return message

    @staticmethod
    def from_json(value: object) -> Entry | None:
        stored = as_object(value) or {}
        message_id, type = as_text(stored.get("message_id")), as_text(stored.get("type"))
        data = as_object(stored.get("data"))
        if message_id is None or type is None or data is None:
            return None
        reply_to, sender = as_text(stored.get("reply_to")), as_text(stored.get("sender"))
        entry = Entry(message_id, type, data, reply_to, sender, as_count(stored.get("sender_seq")))
        entry.epoch, entry.maybe_handled = as_text(stored.get("epoch")), entry.sent
        return entry

    def to_json(self) -> JsonObject:
        return {name: getattr(self, name) for name in STORED_FIELDS if getattr(self, name) is not None}


class Outbox:
    """Messages in the order of sending, each with a number by which the server detects repeats."""

    def __init__(self, sender: str, limit: int) -> None:
        self._sender = sender
        self._limit = limit
        self._last_seq = 0
        self._sent: dict[str, Entry] = {}
        self._new: dict[str, Entry] = {}
        #: Grows with each change that a storage has to keep.
        self.version = 0

    def __iter__(self) -> Iterator[Entry]:
        return iter([*self._sent.values(), *self._new.values()])

    @property
    def full(self) -> bool:
        return len(self._sent) + len(self._new) >= self._limit

    @property
    def sent(self) -> list[Entry]:
        """Entries that have their number, and no answer."""
        return list(self._sent.values())

    def get(self, message_id: str | None) -> Entry | None:
        return self._sent.get(message_id or "") or self._new.get(message_id or "")

    def add(self, entry: Entry) -> None:
        (self._sent if entry.sent else self._new)[entry.message_id] = entry
        self.version += 1

    def remove(self, entry: Entry) -> None:
        self._sent.pop(entry.message_id, None)
        self._new.pop(entry.message_id, None)
        self.version += 1

    def clear(self) -> None:
        self._sent.clear()
        self._new.clear()
        self.version += 1

    def number_new(self) -> Iterator[Entry]:
        """Gives new entries their numbers, as long as the server would still know the oldest without an answer."""
        if any(entry.sender != self._sender for entry in self._sent.values()):
            return  # the server would forget numbers of the earlier program for those of this one
        numbers = (entry.sender_seq or 0 for entry in self._sent.values())
        end = min(numbers, default=self._last_seq + 1) + WINDOW
        for entry in list(self._new.values()):
            if self._last_seq + 1 >= end:
                return
            self._last_seq += 1
            entry.sender, entry.sender_seq = self._sender, self._last_seq
            del self._new[entry.message_id]
            self.add(entry)
            yield entry

    def withdraw(self, entry: Entry) -> None:
        """Removes an entry that got the last number but was not sent: the number is free again."""
        self._last_seq -= 1
        self.remove(entry)

    def restore(self, stored: object) -> None:
        """Takes entries of an earlier run."""
        for value in as_list(stored):
            entry = Entry.from_json(value)
            if entry:
                self.add(entry)
