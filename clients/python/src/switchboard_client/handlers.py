"""The program's handlers: those for frames and events run in order, those for tools run concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import tools
from .core.effects import Recovery, StateChange
from .dispatcher import Dispatcher, Handler
from .frames import Frame
from .tools import ToolCall, ToolHandler
from .values import JsonObject

Respond = Callable[[ToolCall, JsonObject], None]
Tell = Callable[[JsonObject], None]


class Handlers:
    def __init__(self, respond: Respond, tell_progress: Tell) -> None:
        #: By type; None: for all frames.
        self.of_frames: dict[str | None, list[Handler]] = {}
        self.of_states: list[Handler] = []
        self.of_recoveries: list[Handler] = []
        self.of_tools: dict[str, ToolHandler] = {}
        self._respond = respond
        self._tell_progress = tell_progress
        self._known_calls = tools.KnownCalls()
        self._dispatcher = Dispatcher()
        self._running_tools: dict[asyncio.Task[None], str | None] = {}

    def call_for_frame(self, frame: Frame) -> None:
        self._dispatcher.add([*self.of_frames.get(frame.type, ()), *self.of_frames.get(None, ())], frame)
        call = tools.tool_call_from(frame, self._tell_progress)
        if call and not self._known_calls.has(call.call_id):
            self._dispatcher.add([self._start_tool], call)

    def call_for_state(self, change: StateChange) -> None:
        self._dispatcher.add(self.of_states, change)

    def call_for_recovery(self, recovery: Recovery) -> None:
        self._dispatcher.add(self.of_recoveries, recovery)

    def call_then(self, handler: Handler, argument: object) -> None:
        """Calls this one after the handlers of everything earlier have returned."""
        self._dispatcher.add([handler], argument)

    def cancel_tool(self, call_id: str) -> None:
        for task, running in self._running_tools.items():
            if running == call_id:
                task.cancel()

    def stop(self) -> set[asyncio.Task[None]]:
        """Drops pending calls, and cancels tools. Returns the tasks that are still ending."""
        self._dispatcher.clear()
        tasks = {task for task in self._running_tools if task is not asyncio.current_task()}
        for task in tasks:
            task.cancel()
        return tasks

    async def drain(self, seconds: float) -> None:
        await self._dispatcher.drain(seconds)

    def _start_tool(self, call: ToolCall) -> None:
        if call.call_id is None and call.tool_name not in self.of_tools:
            return  # nobody asks, and nobody would be told
        task = asyncio.get_running_loop().create_task(self._run_tool(call))
        self._running_tools[task] = call.call_id
        task.add_done_callback(lambda task: self._running_tools.pop(task, None))

    async def _run_tool(self, call: ToolCall) -> None:
        data = await tools.run(self.of_tools.get(call.tool_name), call)
        if call.call_id is not None:
            self._respond(call, data)
