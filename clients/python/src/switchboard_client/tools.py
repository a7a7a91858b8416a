"""Calls that the server's team makes on this client."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .dispatcher import was_cancelled
from .errors import ToolFailed
from .frames import Frame, encode
from .values import JsonObject, as_object, as_text

#: Takes a call and returns its result: any JSON value. It raises ``ToolFailed`` if the call fails.
ToolHandler = Callable[["ToolCall"], Any]

log = logging.getLogger("switchboard_client")


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool of this client.

    @client.on_tool_call("open_page")
    async def open_page(call: ToolCall) -> object:
        await browser.open(call.params["page"])
        return {"opened": True}
    """

    tool_name: str
    params: JsonObject
    #: Names the call at the server; None if the server does not take a result.
    call_id: str | None
    frame: Frame
    #: When the server stops waiting for the result, in ISO 8601; None if it did not say.
    deadline: str | None = None
    tell: Callable[[JsonObject], None] = field(default=lambda _: None, repr=False, compare=False)

    def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Reports progress: an increasing number. It is lost without a connection."""
        if self.call_id is not None:
            data = {"call_id": self.call_id, "progress": progress, "total": total, "message": message}
            self.tell({name: value for name, value in data.items() if value is not None})


def tool_call_from(frame: Frame, tell: Callable[[JsonObject], None]) -> ToolCall | None:
    """The call in a frame; None if it is not a call. A broadcast can have this type too."""
    name = as_text(frame.data.get("tool_name"))
    if frame.type != "tool_call" or frame.broadcast is not None or name is None:
        return None
    params, call_id = as_object(frame.data.get("params")) or {}, as_text(frame.data.get("call_id"))
    return ToolCall(name, params, call_id, frame, as_text(frame.data.get("deadline")), tell)


class KnownCalls:
    """Ids of calls that a handler has already got, so that repeats are not run again (R62)."""

    def __init__(self, limit: int = 1_000) -> None:
        self._limit = limit
        self._ids: dict[str, None] = {}

    def has(self, call_id: str | None) -> bool:
        """True for a known call; otherwise remembers it."""
        if call_id is None:
            return False
        if call_id in self._ids:
            return True
        self._ids[call_id] = None
        if len(self._ids) > self._limit:
            del self._ids[next(iter(self._ids))]
        return False


def completed(call: ToolCall, result: object) -> JsonObject:
    """The ``data`` of the response to a call."""
    return {"call_id": call.call_id, "status": "completed", "result": result}


def failed(call: ToolCall, error: ToolFailed) -> JsonObject:
    return {"call_id": call.call_id, "status": "failed", "error": {"code": error.code, "message": str(error)}}


def unknown_tool(call: ToolCall) -> JsonObject:
    return failed(call, ToolFailed("unknown_tool", f"This client has no tool {call.tool_name}."))


async def run(handler: ToolHandler | None, call: ToolCall) -> JsonObject:
    """Calls the handler, and returns the ``data`` of the response."""
    if handler is None:
        return unknown_tool(call)
    try:
        result = handler(call)
        data = completed(call, await result if inspect.isawaitable(result) else result)
        encode(data)  # raises if the result is not JSON
        return data
    except ToolFailed as error:
        return failed(call, error)
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and was_cancelled():
            raise
        log.exception("The tool %s failed.", call.tool_name)
        return failed(call, ToolFailed("tool_failed", "The tool failed."))
