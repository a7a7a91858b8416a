"""Plays vectors: scripted conversations, with a virtual clock, against the core."""

from __future__ import annotations

import itertools
import json
from collections import deque
from datetime import datetime, timedelta, timezone
from typing import Any

from switchboard_client import tools
from switchboard_client.core.core import Core, CoreOptions
from switchboard_client.core.effects import (
    Answered,
    CancelTool,
    Connect,
    Disconnect,
    Failed,
    Moved,
    Received,
    Recovery,
    ReplyText,
    Save,
    Send,
)
from switchboard_client.core.timers import Timers
from switchboard_client.errors import ToolFailed

START = datetime(2026, 1, 1, tzinfo=timezone.utc)

GREETING = {
    "client_id": "c-1",
    "protocol": 1,
    "heartbeat_seconds": 45,
    "max_message_bytes": 131_072,
    "max_frame_bytes": 131_072,
    "epoch": "e1",
    "seq": 0,
    "broadcast": "b00",
    "resumable_seconds": 86_400,
}

#: Verbs that look at what the client did, and the queue in which that waits.
QUEUES = ("opens", "sends", "closes", "sees", "settles", "recovery", "tells_tool", "text")


class Player:
    """One vector, played step by step."""

    def __init__(self, vector: dict[str, Any]) -> None:
        options = vector.get("options", {})
        self.now = 0.0
        self.names: dict[str, Any] = {}
        self.calls: dict[str, str] = {}  # from message_id to the name of the promise
        self.tool_calls: set[str] = set()
        self.known_calls = tools.KnownCalls()
        self.handlers: dict[str, dict[str, Any]] = {}
        self.running: set[str] = set()
        self.done: dict[Any, deque[Any]] = {}
        self.tokens = options.get("tokens")
        self.sockets = 0
        self.link_of: dict[int, int] = {}  # from the number of a socket to the core's connection
        self.ids = (f"id-{number}" for number in itertools.count(1))
        self.server_ids = (f"s-{number}" for number in itertools.count(1))
        self.options = options
        self.stored: dict[str, Any] = {**options.get("position", {}), "outbox": options.get("outbox", [])}
        self.core = self.new_core()

    def new_core(self) -> Core:
        return Core(
            CoreOptions(
                timers=Timers(**self.options.get("timers", {})),
                outbox_limit=self.options.get("outbox_limit", 1_000),
                has_tokens=self.tokens is not None,
                keeps_outbox=self.options.get("storage", False),
            ),
            random=lambda: float(self.options.get("random", 0.5)),
            new_id=lambda: next(self.ids),
            stored=self.stored,
        )

    def play(self, steps: list[dict[str, Any]]) -> None:
        for step in steps:
            verb = next(key for key in step if hasattr(self, f"do_{key}") or key in (*QUEUES, "state"))
            if verb == "state":
                self.check_state(step["state"])
            elif verb in QUEUES:
                self.check(verb, step)
            else:
                self.check_nothing_left(step)
                getattr(self, f"do_{verb}")(step[verb], step)
                self.settle()
        self.check_nothing_left("the end")

    # What happens

    def do_connect(self, _value: Any, _step: Any) -> None:
        self.core.connect(self.now)

    def do_accept(self, _value: Any, step: Any) -> None:
        pass  # the core counts a connection from its greeting

    def do_greet(self, value: Any, step: Any) -> None:
        data = {**GREETING, "server_time": self.time(), **value}
        data = {name: field for name, field in data.items() if field is not None}
        self.do_server({"type": "connection_established", "data": data}, step)

    def do_server(self, value: Any, step: Any) -> None:
        frame = {"data": {}, "message_id": next(self.server_ids), "timestamp": self.time(), **self.fill(value)}
        self.do_server_text(json.dumps(frame), step)

    def do_server_text(self, value: Any, step: Any) -> None:
        self.core.received(self.socket(step), value, self.now)

    def do_refuse(self, value: Any, step: Any) -> None:
        self.core.refused(self.socket(step), value, self.now)

    def do_drop(self, value: Any, step: Any) -> None:
        self.core.ended(self.socket(step), value, self.now)

    def do_advance(self, value: Any, _step: Any) -> None:
        end = self.now + value
        while (at := self.core.next_time()) is not None and at <= end:
            self.now = max(self.now, at)
            self.core.advance(self.now)
            self.settle()
        self.now = end

    def do_sleep(self, value: Any, _step: Any) -> None:
        self.now += value
        self.core.advance(self.now)

    def do_restart(self, _value: Any, _step: Any) -> None:
        self.core = self.new_core()
        self.calls.clear()
        self.handlers.clear()
        self.running.clear()
        self.known_calls = tools.KnownCalls()

    def do_app(self, action: Any, step: Any) -> None:
        if action == "chat":
            data = {"content": self.fill(step["content"])}
            if step.get("stream"):
                data["stream"] = True
            self.calls[self.core.send("chat_message", data, self.now)] = step["call"]
        elif action == "call_tool":
            data = {"tool_name": step["tool_name"], "params": step.get("params", {})}
            message_id = self.core.send("tool_call", data, self.now)
            self.calls[message_id] = step["call"]
            self.tool_calls.add(message_id)
        elif action == "register_tools":
            message_id = self.core.send("register_tools", {"tools": step["tools"]}, self.now)
            self.calls[message_id] = step["call"]
        elif action in ("join", "leave", "watch_presence", "unwatch_presence"):
            self.calls[self.core.send(action, {"group": step["group"]}, self.now)] = step["call"]
        elif action == "on_tool_call":
            self.handlers[step["tool_name"]] = step
        elif action == "cancel_reply":
            self.core.cancel(next(key for key, call in self.calls.items() if call == step["call"]), self.now)
        elif action == "cancel":
            message_id = next(key for key, call in self.calls.items() if call == step["call"])
            self.core.abandon(message_id, self.now)
            self.calls.pop(message_id)
            self.put("settles", {"call": step["call"], "error": "aborted"})
        elif action == "on":
            pass  # the core does not call handlers, so one that fails changes nothing
        elif action == "wake":
            self.core.wake(self.now)
        elif action == "close":
            self.core.close()
        else:
            raise AssertionError(f"unknown action {action}")

    # What the client does

    def settle(self) -> None:
        while effects := self.core.take_effects():
            for effect in effects:
                self.take(effect)

    def take(self, effect: object) -> None:
        if isinstance(effect, Connect):
            self.connect(effect)
        elif isinstance(effect, Send):
            self.put(("sends", effect.connection), effect.frame)
        elif isinstance(effect, Disconnect):
            self.put("closes", (effect.connection, effect.code))
        elif isinstance(effect, Received):
            self.put("sees", effect.frame.raw)
            self.run_tool(tools.tool_call_from(effect.frame, lambda data: self.core.tell_progress(data, self.now)))
        elif isinstance(effect, Recovery):
            self.put("recovery", vars(effect))
        elif isinstance(effect, ReplyText) and effect.message_id in self.calls:
            self.put("text", {"call": self.calls[effect.message_id], "text": effect.text})
        elif isinstance(effect, Answered) and effect.message_id in self.calls:
            data = effect.frame.data
            settled = {"call": self.calls[effect.message_id], "result": data}
            if effect.message_id in self.tool_calls and data.get("status") == "failed":
                settled = {"call": settled["call"], "error": data["error"]["code"]}
            self.put("settles", settled)
        elif isinstance(effect, Failed) and effect.message_id in self.calls:
            self.put("settles", {"call": self.calls[effect.message_id], "error": effect.error.code})
        elif isinstance(effect, CancelTool) and effect.call_id in self.running:
            self.running.discard(effect.call_id)
            self.put("tells_tool", {"call_id": effect.call_id})
        elif isinstance(effect, Save):
            self.stored = json.loads(json.dumps(self.core.to_json()))
        elif isinstance(effect, Moved):
            self.core.handled(effect)

    def connect(self, effect: Connect) -> None:
        token = None
        if self.tokens is not None:
            token = self.tokens[0]
            if len(self.tokens) > 1:
                self.tokens = self.tokens[1:]
            if token is None:
                self.core.refused(effect.connection, None, self.now)
                return
        self.sockets += 1
        self.link_of[self.sockets] = effect.connection
        query = {"resume": effect.resume} if effect.resume is not None else {}
        self.put("opens", {"query": query, "protocols": ["switchboard", token] if token else []})

    def run_tool(self, call: tools.ToolCall | None) -> None:
        if call is None or call.call_id is None or self.known_calls.has(call.call_id):
            return
        handler = self.handlers.get(call.tool_name)
        if handler and "progress" in handler:
            call.progress(**handler["progress"])
        if handler and handler.get("hangs"):
            self.running.add(call.call_id)
            return
        if handler is None:
            data = tools.unknown_tool(call)
        elif "error" in handler:
            data = tools.failed(call, ToolFailed(**handler["error"]))
        else:
            data = tools.completed(call, handler["result"])
        self.core.send("tool_response", data, self.now, reply_to=call.frame.message_id)

    # Matching

    def put(self, queue: Any, value: Any) -> None:
        self.done.setdefault(queue, deque()).append(value)

    def check(self, verb: str, step: dict[str, Any]) -> None:
        key: Any = ("sends", self.socket(step)) if verb == "sends" else verb
        queue = self.done.get(key)
        assert queue, f"nothing happened that matches {step}"
        actual = queue.popleft()
        expected = step[verb]
        if verb == "opens":
            expected = {"query": {}, "protocols": [], **expected}
            assert actual["query"] == self.fill(expected["query"]), f"{actual} is not {step}"
        if verb == "closes":
            assert actual[0] == self.socket(step) or "socket" not in step, f"{actual} is not {step}"
            assert expected is None or actual[1] == expected, f"{actual} is not {step}"
            return
        assert self.matches(expected, actual), f"{actual} is not {step}"

    def check_state(self, expected: Any) -> None:
        expected = {"state": expected} if isinstance(expected, str) else expected
        assert self.core.state == expected["state"], f"the state is {self.core.state}, not {expected}"
        if "reason" in expected:
            because = self.core.closed_because
            assert because and because.reason == expected["reason"], f"{because} is not {expected}"

    def check_nothing_left(self, step: Any) -> None:
        left = {key: list(queue) for key, queue in self.done.items() if queue}
        assert not left, f"before {step}, the client did more: {left}"

    def matches(self, expected: Any, actual: Any) -> bool:
        if isinstance(expected, str) and expected.startswith("$"):
            if expected == "$_":
                return True
            return bool(self.names.setdefault(expected, actual) == actual)
        expected = self.text(expected)
        if isinstance(expected, dict):
            return isinstance(actual, dict) and all(self.matches(expected[k], actual.get(k)) for k in expected)
        if isinstance(expected, list):
            same = isinstance(actual, list) and len(expected) == len(actual)
            return same and all(self.matches(*pair) for pair in zip(expected, actual, strict=True))
        return bool(type(expected) is type(actual) and expected == actual)

    def fill(self, value: Any) -> Any:
        """The value with names and long texts filled in."""
        if isinstance(value, str) and value.startswith("$"):
            return self.names[value]
        value = self.text(value)
        if isinstance(value, dict):
            return {key: self.fill(field) for key, field in value.items()}
        return [self.fill(item) for item in value] if isinstance(value, list) else value

    def text(self, value: Any) -> Any:
        return "a" * value["$text"] if isinstance(value, dict) and set(value) == {"$text"} else value

    def socket(self, step: dict[str, Any]) -> int:
        return self.link_of[step.get("socket", self.sockets)]

    def time(self) -> str:
        time = START + timedelta(milliseconds=self.now)
        return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
