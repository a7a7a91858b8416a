"""Assembles the text of a streamed reply from pieces that can be reordered, duplicated or lost."""

from __future__ import annotations

from ..values import JsonObject, as_count, as_text


class Stream:
    """Puts pieces together. ``text`` is the complete text so far."""

    def __init__(self) -> None:
        self.text = ""
        self._next = 0
        self._early: dict[int, str] = {}

    def add(self, data: JsonObject) -> bool:
        """Takes the ``data`` of a ``chat_delta``; True if it changed the text."""
        index, delta, content = as_count(data.get("index")), as_text(data.get("delta")), as_text(data.get("content"))
        if index is None or index < self._next:
            return False
        before = self.text
        if content is not None:  # a snapshot: everything up to its index
            self.text, self._next = content, index + 1
            self._early = {later: piece for later, piece in self._early.items() if later > index}
        elif delta is not None:
            self._early.setdefault(index, delta)
        while self._next in self._early:
            self.text += self._early.pop(self._next)
            self._next += 1
        return self.text != before
