"""Performs the effects of the core, with sockets, the clock, the storage and the program's handlers."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import random
import ssl as ssl_module
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping

from .connection import Connection
from .core import effects
from .core.core import Core, CoreOptions
from .core.effects import Effect, State, StateChange
from .core.timers import Timers
from .frames import Frame, encode
from .handlers import Handlers
from .reply import Reply
from .socket import OpenFailed, Socket, url_with
from .storage import Storage
from .tools import ToolCall
from .values import JsonObject

log = logging.getLogger("switchboard_client")

TokenCallback = Callable[[], str | Awaitable[str]]

#: Seconds between checks of the two clocks, and how far the time of day must be ahead to mean that the machine slept.
CLOCK_SECONDS = 5.0
SLEPT_SECONDS = 10.0


class Runner:
    def __init__(
        self,
        url: str,
        token: TokenCallback | None,
        storage: Storage | None,
        timers: Timers,
        outbox_limit: int,
        headers: Mapping[str, str] | None,
        ssl: ssl_module.SSLContext | None,
    ) -> None:
        self._url = url
        self._token = token
        self._storage = storage
        self._timers = timers
        self._headers = headers
        self._ssl = ssl
        self.core = Core(
            CoreOptions(timers, outbox_limit, has_tokens=token is not None, keeps_outbox=storage is not None),
            random=random.random,
            new_id=lambda: str(uuid.uuid4()),
            stored=storage.load() if storage else None,
        )
        self.handlers = Handlers(self._respond, self._tell_progress)
        self.replies: dict[str, Reply] = {}
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._connections: dict[int, Connection] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._clock_watch: asyncio.TimerHandle | None = None
        self._last_state = StateChange(State.IDLE)
        self._state_changed = asyncio.Event()

    # The program

    def connect(self) -> None:
        self.core.connect(self._now())
        self._perform()
        self._watch_clock()

    def wake(self) -> None:
        self.core.wake(self._now())
        self._perform()

    def send(self, type: str, data: JsonObject) -> tuple[str, asyncio.Future[Frame]]:
        # A copy, because the message may be resent later; and it raises now if it is not valid JSON.
        message_id = self.core.send(type, json.loads(encode(data)), self._now())
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda answer: self._forget(message_id, answer))
        self._answers[message_id] = answer
        self._perform()
        return message_id, answer

    def cancel(self, message_id: str) -> None:
        self.core.cancel(message_id, self._now())
        self._perform()

    async def close(self, seconds: float) -> None:
        tasks = self.handlers.stop()
        self.core.close()
        self._perform()
        tasks |= {connection.task for connection in self._connections.values()}
        tasks.discard(asyncio.current_task())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
        await self.handlers.drain(seconds)

    async def wait_for(self, *states: State) -> StateChange:
        while self._last_state.state not in states:
            await self._state_changed.wait()
        return self._last_state

    # The connections

    def received(self, connection: int, text: str) -> None:
        self.core.received(connection, text, self._now())
        self._perform()

    def ended(self, connection: int, code: int | None) -> None:
        self.core.ended(connection, code, self._now())
        self._perform()

    def refused(self, connection: int, status: int | None, detail: str) -> None:
        self.core.refused(connection, status, self._now(), detail)
        self._perform()

    # Effects

    def _perform(self) -> None:
        """Performs the core's effects, and sets the timer for its next deadline."""
        for effect in self.core.take_effects():
            self._do(effect)
        if self._timer:
            self._timer.cancel()
        at = self.core.next_time()
        self._timer = asyncio.get_running_loop().call_at(at / 1_000, self._advance) if at is not None else None

    def _do(self, effect: Effect) -> None:
        match effect:
            case effects.Save():
                self._save()
            case effects.Connect(connection, resume):
                self._open(connection, resume)
            case effects.Send(connection, text, _, max_frame_bytes):
                if connection in self._connections:
                    self._connections[connection].send(text, max_frame_bytes)
            case effects.Disconnect(connection, code):
                if connection in self._connections:
                    self._connections[connection].close(code)
            case effects.Received(frame):
                self.handlers.call_for_frame(frame)
            case effects.Moved():
                self.handlers.call_then(self._handled, effect)
            case effects.Recovery():
                self.handlers.call_for_recovery(effect)
            case effects.StateChange():
                self._change_state(effect)
            case effects.CancelTool(call_id):
                self.handlers.cancel_tool(call_id)
            case effects.ReplyText(message_id, text):
                if message_id in self.replies:
                    self.replies[message_id].show(text)
            case effects.Answered(message_id, frame):
                if answer := self._waiting(message_id):
                    answer.set_result(frame)
            case effects.Failed(message_id, error):
                if answer := self._waiting(message_id):
                    answer.set_exception(error)

    def _advance(self) -> None:
        self.core.advance(self._now())
        self._perform()

    def _now(self) -> float:
        return asyncio.get_running_loop().time() * 1_000

    def _open(self, id: int, resume: str | None) -> None:
        connection = Connection(id, lambda: self._open_socket(resume), self)
        self._connections[id] = connection
        connection.task.add_done_callback(lambda _: self._connections.pop(id, None))

    async def _open_socket(self, resume: str | None) -> Socket:
        token = await self._get_token() if self._token else None
        url = url_with(self._url, "resume", resume) if resume is not None else self._url
        seconds = self._timers.connect_ms / 1_000
        return await Socket.open(url, token=token, seconds=seconds, headers=self._headers, ssl=self._ssl)

    async def _get_token(self) -> str:
        assert self._token is not None
        try:
            token = self._token()
            return await token if inspect.isawaitable(token) else token
        except Exception as error:
            log.warning("The token callback failed.", exc_info=True)
            raise OpenFailed(f"the token callback failed: {error}", None) from error

    def _save(self) -> None:
        try:
            if self._storage:
                self._storage.save(self.core.to_json())
        except Exception:
            log.exception("The storage failed: what it should keep is lost if the program ends.")

    def _handled(self, moved: effects.Moved) -> None:
        self.core.handled(moved)
        self._perform()

    def _change_state(self, change: StateChange) -> None:
        self._last_state = change
        self._state_changed.set()
        self._state_changed = asyncio.Event()
        self.handlers.call_for_state(change)

    def _tell_progress(self, data: JsonObject) -> None:
        self.core.tell_progress(data, self._now())
        self._perform()

    def _respond(self, call: ToolCall, data: JsonObject) -> None:
        self.core.send("tool_response", data, self._now(), reply_to=call.frame.message_id)
        self._perform()

    def _waiting(self, message_id: str) -> asyncio.Future[Frame] | None:
        answer = self._answers.get(message_id)
        return answer if answer and not answer.done() else None

    def _forget(self, message_id: str, answer: asyncio.Future[Frame]) -> None:
        self._answers.pop(message_id, None)
        self.replies.pop(message_id, None)
        if answer.cancelled():
            self.core.abandon(message_id, self._now())
            self._perform()
        else:
            answer.exception()  # avoids a warning if nobody awaits the answer of a failed message

    def _watch_clock(self) -> None:
        """Detects that the machine slept: the wall clock has advanced, but the loop's clock has not."""
        loop = asyncio.get_running_loop()
        before = time.time() - loop.time()

        def look() -> None:
            if self.core.state is State.CLOSED:
                return
            if time.time() - loop.time() - before > SLEPT_SECONDS:
                self.wake()
            self._watch_clock()

        if self._clock_watch:
            self._clock_watch.cancel()
        self._clock_watch = loop.call_later(CLOCK_SECONDS, look)
