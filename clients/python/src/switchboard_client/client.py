"""The client: what a program calls."""

from __future__ import annotations

import ssl as ssl_module
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from .core.effects import Recovery, State, StateChange
from .core.inbox import Position
from .core.timers import Timers
from .errors import Closed, ToolFailed
from .frames import Frame
from .presence import PresenceSnapshot, presence_snapshot_from
from .reply import Reply
from .runner import Runner, TokenCallback
from .socket import assert_websocket_url
from .storage import Storage
from .tools import ToolCall
from .values import JsonObject, as_object

T = TypeVar("T")

#: Seconds that ``close`` waits for the server and for tools, and then for handlers.
CLOSE_SECONDS = 5.0


@dataclass(frozen=True)
class ToolResult:
    """What a tool of the server returned."""

    result: Any
    #: True if the server does not have the tool, and made the result up.
    simulated: bool
    frame: Frame


class Client:
    """A client for Switchboard that reconnects by itself, and misses nothing.

        async with Client("wss://example.com/live", token=get_token) as client:
            response = await client.chat("Hello")
            print(response.content)

    ``token`` is called before each connection, and returns a new token. ``storage`` keeps what must outlive the
    program. Handlers of frames, states and recoveries are called one after the other; one that is ``async`` is awaited.
    Use a task of your own for long work. All methods belong to one event loop.
    """

    def __init__(
        self,
        url: str,
        *,
        token: TokenCallback | None = None,
        storage: Storage | None = None,
        timers: Timers | None = None,
        outbox_limit: int = 1_000,
        headers: Mapping[str, str] | None = None,
        ssl: ssl_module.SSLContext | None = None,
    ) -> None:
        assert_websocket_url(url)
        self._runner = Runner(url, token, storage, timers or Timers(), outbox_limit, headers, ssl)
        self._handlers = self._runner.handlers

    # State

    @property
    def state(self) -> State:
        return self._runner.core.state

    @property
    def client_id(self) -> str | None:
        """The client's id at the server; None before the first greeting."""
        return self._runner.core.client_id

    @property
    def position(self) -> Position | None:
        """The position up to which the client has everything; None if the server does not number its frames."""
        return self._runner.core.position

    # Life

    async def __aenter__(self) -> Client:
        try:
            await self.connect()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connects, and waits until messages can be sent. Retries without a limit.

        Raises ``Closed`` if trying on is no use, for example because the token is refused. After ``Closed``, and after
        the client was replaced, it may be called again.
        """
        self._runner.connect()
        change = await self._runner.wait_for(State.CONNECTED, State.CLOSED)
        if change.state is State.CLOSED:
            raise Closed(change.reason, change.message)

    async def close(self) -> None:
        """Closes the client. Unanswered messages fail with ``closed``; handlers get no more frames."""
        await self._runner.close(CLOSE_SECONDS)

    async def wait_closed(self) -> StateChange:
        """Waits until the client has ended, and says why: ``reason`` for programs, ``message`` for people."""
        return await self._runner.wait_for(State.CLOSED)

    def wake(self) -> None:
        """Checks the connection, or reconnects, at once. Call it when the platform reports that the network is back."""
        self._runner.wake()

    # Messages

    def chat(self, content: str, *, role: str | None = None, stream: bool = False) -> Reply:
        """Sends a chat message. Await the result for the answer; with ``stream``, iterate over it for pieces.

        While the client is not connected the message waits. Awaiting raises ``MessageFailed`` if there is no answer.
        """
        data: JsonObject = {"content": content}
        if role is not None:
            data["role"] = role
        if stream:
            data["stream"] = True
        reply = Reply(*self._runner.send("chat_message", data), self._runner.cancel)
        self._runner.replies[reply.message_id] = reply
        return reply

    async def call_tool(self, tool_name: str, params: Mapping[str, Any] | None = None) -> ToolResult:
        """Calls a tool of the server.

            sum = await client.call_tool("add", {"a": 2, "b": 3})
            print(sum.result)

        Raises ``ToolFailed`` if the tool fails, and ``MessageFailed`` if there is no answer.
        """
        frame = await self.send("tool_call", {"tool_name": tool_name, "params": dict(params or {})})
        if frame.data.get("status") == "failed":
            error = as_object(frame.data.get("error")) or {}
            raise ToolFailed(str(error.get("code", "failed")), str(error.get("message", "The tool failed.")))
        return ToolResult(frame.data.get("result"), frame.data.get("simulated") is True, frame)

    async def register_tools(self, tools: Iterable[Mapping[str, Any]]) -> None:
        """Registers the tools of this client, and replaces earlier ones. They stay registered across reconnects.

            await client.register_tools([{"name": "open_page", "description": "Opens a page."}])

        A tool may have an ``input_schema``, the JSON Schema of its params.
        """
        await self.send("register_tools", {"tools": [dict(tool) for tool in tools]})

    async def join(self, group: str) -> None:
        """Joins a group. The membership lasts across reconnects.

        Raises ``MessageFailed`` with ``invalid_message`` if the client's token does not allow the group.
        """
        await self.send("join", {"group": group})

    async def leave(self, group: str) -> None:
        """Leaves a group. The token must allow it."""
        await self.send("leave", {"group": group})

    async def watch_presence(
        self, group: str, *, limit: int | None = None, cursor: str | None = None
    ) -> PresenceSnapshot:
        """Returns who is in a group of this client, and who is online. Then ``presence_changed`` frames report changes.

            @client.on("presence_changed")
            def show(frame: Frame) -> None:
                print(frame.data["online"], frame.data["offline"], frame.data["left"])

            snapshot = await client.watch_presence("room:7")

        The watch survives reconnects: after each, a ``presence_snapshot`` frame replaces the list.
        """
        asked = {"group": group, "limit": limit, "cursor": cursor}
        frame = await self.send("watch_presence", {name: value for name, value in asked.items() if value is not None})
        return presence_snapshot_from(frame)

    async def unwatch_presence(self, group: str) -> None:
        """Ends a watch."""
        await self.send("unwatch_presence", {"group": group})

    async def send(self, type: str, data: Mapping[str, Any] | None = None) -> Frame:
        """Sends a message of any type, for example one that the server's team has added. Returns the answer."""
        _, answer = self._runner.send(type, dict(data or {}))
        return await answer

    # Handlers

    def on(self, type: str | None = None) -> Callable[[Callable[[Frame], T]], Callable[[Frame], T]]:
        """Registers a handler for frames of a type; without a type, for all frames.

        @client.on("notification")
        async def notify(frame: Frame) -> None:
            print(frame.data["message"])
        """

        def register(handler: Callable[[Frame], T]) -> Callable[[Frame], T]:
            self._handlers.of_frames.setdefault(type, []).append(handler)
            return handler

        return register

    def on_tool_call(self, tool_name: str) -> Callable[[Callable[[ToolCall], T]], Callable[[ToolCall], T]]:
        """Registers the handler for a tool of this client. The handler returns the result, or raises ``ToolFailed``.

            @client.on_tool_call("open_page")
            async def open_page(call: ToolCall) -> object:
                await browser.open(call.params["page"])
                return {"opened": True}

        Calls run beside each other. If the server cancels a call, its handler is cancelled.
        """

        def register(handler: Callable[[ToolCall], T]) -> Callable[[ToolCall], T]:
            self._handlers.of_tools[tool_name] = handler
            return handler

        return register

    def on_state(self, handler: Callable[[StateChange], T]) -> Callable[[StateChange], T]:
        """Registers a handler for changes of state."""
        self._handlers.of_states.append(handler)
        return handler

    def on_recovery(self, handler: Callable[[Recovery], T]) -> Callable[[Recovery], T]:
        """Registers a handler for the result of each recovery, with the number of missed frames received."""
        self._handlers.of_recoveries.append(handler)
        return handler
