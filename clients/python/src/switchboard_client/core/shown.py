"""Ids of frames that were shown, so that repeats are dropped (R22, R23)."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from ..frames import Frame
from ..values import as_list, as_number, as_text

#: Number of message ids to remember, of frames other than broadcasts.
REMEMBERED_IDS = 4_096

#: A server replays broadcasts that are 10 minutes older than the newest; the rest is for clocks that differ.
BROADCAST_MS = 900_000

#: Broadcasts of that time to remember, at most: 13 a second for 10 minutes.
BROADCASTS = 8_192


class ShownIds:
    def __init__(self) -> None:
        self._others: OrderedDict[str, None] = OrderedDict()
        #: With the time of each. Apart, so that the many pieces of a reply do not push them out.
        self._broadcasts: OrderedDict[str, float] = OrderedDict()
        self._newest = 0.0
        #: Broadcasts that were ever added.
        self.count = 0

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._others or message_id in self._broadcasts

    def add(self, frame: Frame) -> None:
        if frame.broadcast is not None:
            self._add_broadcast(frame.message_id, _milliseconds(frame.timestamp) or self._newest)
        elif frame.message_id:
            self._others[frame.message_id] = None
            if len(self._others) > REMEMBERED_IDS:
                self._others.popitem(last=False)

    def restore(self, stored: object) -> None:
        """Takes the broadcasts of an earlier run."""
        for pair in map(as_list, as_list(stored)):
            if len(pair) == 2:
                self._add_broadcast(as_text(pair[0]) or "", as_number(pair[1]) or 0.0)

    def to_json(self, count: int) -> list[list[object]]:
        """The first ``count`` of all that were added, as far as they are remembered."""
        pairs: list[list[object]] = [[message_id, time] for message_id, time in self._broadcasts.items()]
        return pairs[: max(0, len(pairs) - (self.count - count))]

    def _add_broadcast(self, message_id: str, time: float) -> None:
        self.count += 1
        if not message_id:
            message_id = f" {self.count}"  # never looked for; it keeps the count right
        self._broadcasts[message_id] = time
        self._newest = max(self._newest, time)
        while len(self._broadcasts) > BROADCASTS or next(iter(self._broadcasts.values())) < self._newest - BROADCAST_MS:
            self._broadcasts.popitem(last=False)


def _milliseconds(timestamp: str) -> float | None:
    try:
        # Python 3.10 does not read the Z.
        return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp() * 1_000
    except (ValueError, OverflowError):
        return None
