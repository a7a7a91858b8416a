"""Calls the program's handlers one after the other, so that frames are handled in order."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger("switchboard_client")

Handler = Callable[[Any], object]


class Dispatcher:
    def __init__(self) -> None:
        self._queue: deque[tuple[list[Handler], Any]] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, handlers: Iterable[Handler], argument: object) -> None:
        """Calls these handlers after all earlier calls have ended."""
        self._queue.append((list(handlers), argument))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def clear(self) -> None:
        """Drops the calls that have not started."""
        self._queue.clear()

    async def drain(self, seconds: float) -> None:
        """Waits until all handlers have returned, unless a handler itself calls this."""
        if self._task and self._task is not asyncio.current_task():
            await asyncio.wait({self._task}, timeout=seconds)

    async def _run(self) -> None:
        while self._queue:
            handlers, argument = self._queue.popleft()
            for handler in handlers:
                await call_safely(handler, argument)


async def call_safely(handler: Handler, argument: object) -> None:
    """Reports errors of a handler; they have no other effect."""
    try:
        result = handler(argument)
        if inspect.isawaitable(result):
            await result
    except asyncio.CancelledError:
        if was_cancelled():
            raise
        log.exception("A handler awaited what was cancelled: %r", handler)
    except Exception:
        log.exception("A handler failed: %r", handler)


def was_cancelled() -> bool:
    """False if this task only awaited a cancelled one. Always true on Python 3.10, which cannot tell."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0
