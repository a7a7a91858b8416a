"""What the client asked the server to keep, and asks for again if the server no longer has it (R63b, R67)."""

from __future__ import annotations

from collections.abc import Callable

from ..frames import Frame
from ..values import JsonObject, as_text
from .outbox import Entry

#: Who the client is to the server: its ``client_id``, and the epoch.
Owner = tuple[str | None, str | None]


class Standing:
    def __init__(self, send: Callable[[str, JsonObject, float], str]) -> None:
        self._send = send
        #: Groups that are watched. The server ends a watch with the connection.
        self._watched: dict[str, None] = {}
        #: The registered tools, and the client that has them on the server.
        self._tools: JsonObject | None = None
        self._tools_of: Owner | None = None

    def sending(self, type: str, data: JsonObject) -> None:
        if type == "unwatch_presence":
            self._watched.pop(as_text(data.get("group")) or "", None)

    def settled(self, entry: Entry, frame: Frame | None, owner: Owner) -> None:
        """A message was answered; without a frame it failed."""
        group = as_text(entry.data.get("group")) or ""
        if entry.type == "watch_presence" and frame:
            self._watched[group] = None
        elif entry.type == "watch_presence":
            self._watched.pop(group, None)
        elif entry.type == "register_tools" and frame:
            self._tools, self._tools_of = entry.data, owner

    def ready(self, owner: Owner, now: float) -> None:
        """A connection is ready for messages."""
        for group in self._watched:
            self._send("watch_presence", {"group": group}, now)
        if self._tools is not None and self._tools_of != owner:
            self._send("register_tools", self._tools, now)
