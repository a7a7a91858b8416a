"""Errors that a program can catch; all are a ``SwitchboardError``."""

from __future__ import annotations

from .frames import Frame
from .values import JsonObject, as_list, as_object


class SwitchboardError(Exception):
    """The base of all errors of this package."""


class Closed(SwitchboardError):
    """The client has ended and does not reconnect by itself. ``reason`` is for programs, the text for people.

    try:
        await client.wait_closed()
    except Closed as closed:
        print(closed.reason, closed)
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class MessageFailed(SwitchboardError):
    """A message got no answer, or the answer ``error``.

    ``code`` is one of the server's error codes, such as ``invalid_message``, or one of the client's own:
    ``closed``, ``no_answer``, ``outbox_full``, ``outcome_unknown``, ``payload_too_large``.

        try:
            reply = await client.chat("Hello")
        except MessageFailed as failed:
            print(failed.code, failed)
    """

    def __init__(self, code: str, message: str, frame: Frame | None = None) -> None:
        super().__init__(message)
        self.code = code
        #: The server's ``error``, if there was one.
        self.frame = frame

    @property
    def details(self) -> list[JsonObject]:
        """The wrong fields, with the code ``invalid_message``: ``path`` and ``message`` of each."""
        details = as_list(self.frame.data.get("details")) if self.frame else []
        return [as_object(detail) or {} for detail in details]


class ToolFailed(SwitchboardError):
    """A tool failed.

    ``call_tool`` raises it. A handler of ``on_tool_call`` may raise it to answer the server with this code and text.

        raise ToolFailed("no_such_page", "The book has 12 pages.")
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
