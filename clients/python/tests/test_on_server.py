"""The client against a running server, at SWITCHBOARD_WS and SWITCHBOARD_HTTP; SWITCHBOARD_KEY: with tokens."""

from __future__ import annotations

import asyncio
import json
import os
import unittest
import urllib.request
import uuid
from typing import Any

from switchboard_client import Client, MessageFailed, Recovery, State, Timers, ToolCall, ToolFailed

from .proxy import Proxy

WS = os.environ.get("SWITCHBOARD_WS", "")
HTTP = os.environ.get("SWITCHBOARD_HTTP", "")
KEY = os.environ.get("SWITCHBOARD_KEY", "")


async def call(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Calls the HTTP API."""

    def request() -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        data = json.dumps(body).encode() if body is not None else None
        with urllib.request.urlopen(urllib.request.Request(HTTP + path, data, headers, method=method)) as response:
            text = response.read()
            return dict(json.loads(text)) if text else {}

    return await asyncio.to_thread(request)


class ServerTest(unittest.IsolatedAsyncioTestCase):
    async def connected(self, **options: Any) -> Client:
        client = Client(WS, **options)
        self.addAsyncCleanup(client.close)
        await client.connect()
        return client


@unittest.skipUnless(WS and not KEY, "SWITCHBOARD_WS names no open server")
class OnServer(ServerTest):
    async def test_a_chat_is_answered_whole_and_piece_by_piece(self) -> None:
        client = await self.connected()
        self.assertEqual((await client.chat("Grüße, 你好 🙂")).content, "Echo: Grüße, 你好 🙂")
        pieces = [piece async for piece in client.chat("one two three", stream=True)]
        self.assertEqual("".join(pieces), "Echo: one two three")

    async def test_many_concurrent_messages_are_answered(self) -> None:
        client = await self.connected()
        responses = await asyncio.gather(*[client.chat(f"message {number}") for number in range(100)])
        contents = [response.content for response in responses]
        self.assertEqual(contents, [f"Echo: message {number}" for number in range(100)])

    async def test_messages_at_and_above_the_frame_limit_are_answered(self) -> None:
        client = await self.connected()
        text = "长" * 40_000
        self.assertEqual((await client.chat(text)).content, f"Echo: {text}")
        with self.assertRaises(MessageFailed) as caught:
            await client.chat("长" * 50_000)
        self.assertEqual(caught.exception.code, "payload_too_large")

    async def test_the_servers_tools_can_be_called(self) -> None:
        client = await self.connected()
        result = await client.call_tool("add", {"a": 2, "b": 3})
        self.assertEqual((result.result, result.simulated), (5, False))
        self.assertTrue((await client.call_tool("weather")).simulated)
        with self.assertRaises(ToolFailed) as caught:
            await client.call_tool("add", {"a": "two", "b": 3})
        self.assertEqual(caught.exception.code, "invalid_params")

    async def test_an_unknown_type_fails(self) -> None:
        client = await self.connected()
        with self.assertRaises(MessageFailed) as caught:
            await client.send("nonsense")
        self.assertEqual(caught.exception.code, "unsupported_type")

    async def test_messages_of_the_team_reach_the_handlers(self) -> None:
        client = Client(WS)
        self.addAsyncCleanup(client.close)
        news: asyncio.Queue[Any] = asyncio.Queue()
        client.on("chat_message")(lambda frame: news.put_nowait(frame.data["content"]))
        client.on("news")(lambda frame: news.put_nowait(frame.data["number"]))
        client.on_tool_call("show")(lambda call: news.put_nowait(call.params["page"]))
        await client.connect()
        to_client = {"client_id": client.client_id}
        await call("POST", "/send_message", {**to_client, "content": "from the team"})
        self.assertEqual(await news.get(), "from the team")
        await call("POST", "/call_tool", {**to_client, "tool_name": "show", "params": {"page": 2}})
        self.assertEqual(await news.get(), 2)
        await call("POST", "/broadcast", {"message_type": "news", "data": {"number": 3}})
        self.assertEqual(await news.get(), 3)

    async def test_a_tool_call_of_the_team_gets_its_result(self) -> None:
        client = await self.connected()

        @client.on_tool_call("open_page")
        async def open_page(tool_call: ToolCall) -> object:
            tool_call.progress(1, total=2, message="Loading")
            return {"opened": tool_call.params["page"]}

        await client.register_tools([{"name": "open_page", "description": "Opens a page."}])
        request = {"client_id": client.client_id, "tool_name": "open_page", "params": {"page": 7}}
        started = await call("POST", "/call_tool", request)
        end = {"status": "pending"}
        while end["status"] == "pending":
            end = await call("GET", f"/calls/{started['call_id']}")
        self.assertEqual((end["status"], end["result"]), ("completed", {"opened": 7}))
        self.assertEqual(end["progress"], {"progress": 1, "total": 2, "message": "Loading"})

    async def test_a_client_joins_and_leaves_a_group(self) -> None:
        client = await self.connected()
        news: asyncio.Queue[Any] = asyncio.Queue()
        client.on("news")(news.put_nowait)
        group = f"room:{client.client_id}"
        await client.join(group)
        await call("POST", f"/groups/{group}/messages", {"message_type": "news", "data": {"number": 1}})
        frame = await news.get()
        self.assertEqual((frame.group, frame.data), (group, {"number": 1}))
        await client.leave(group)
        sent = await call("POST", f"/groups/{group}/messages", {"message_type": "news"})
        self.assertEqual(sent["recipients"], 0)
        with self.assertRaises(MessageFailed) as failure:
            await client.join("no group")
        self.assertEqual(failure.exception.code, "invalid_message")

    async def test_a_client_watches_a_group_across_a_reconnect(self) -> None:
        async with Proxy(WS) as proxy, Client(proxy.url, timers=Timers(backoff_ms=20)) as client:
            changes: asyncio.Queue[Any] = asyncio.Queue()
            snapshots: asyncio.Queue[Any] = asyncio.Queue()
            group = f"present:{client.client_id}"
            await client.join(group)
            snapshot = await client.watch_presence(group)
            self.assertEqual(snapshot.clients, {client.client_id: True})
            self.assertEqual((snapshot.members, snapshot.cursor, snapshot.watching), (1, None, True))
            client.on("presence_snapshot")(snapshots.put_nowait)
            client.on("presence_changed")(changes.put_nowait)
            proxy.cut()
            await snapshots.get()
            await call("PUT", f"/groups/{group}/clients/stranger")
            while "stranger" not in (await changes.get()).data["offline"]:
                pass
            await client.unwatch_presence(group)
            with self.assertRaises(MessageFailed) as failure:
                await client.watch_presence("present:other")
            self.assertEqual(failure.exception.code, "invalid_message")

    async def test_a_client_that_the_team_removes_stays_away(self) -> None:
        client = await self.connected()
        await call("DELETE", f"/clients/{client.client_id}")
        change = await client.wait_closed()
        self.assertEqual((change.state, change.reason), (State.CLOSED, "removed"))

    async def test_after_a_reconnect_nothing_is_missing_or_the_program_is_told(self) -> None:
        async with Proxy(WS) as proxy, Client(proxy.url, timers=Timers(backoff_ms=20)) as client:
            news: asyncio.Queue[Any] = asyncio.Queue()
            client.on("chat_message")(lambda frame: news.put_nowait(frame.data["content"]))
            client.on_recovery(news.put_nowait)
            client_id, numbered = client.client_id, client.position is not None
            proxy.open = False
            proxy.cut()
            while client.state is not State.WAITING:
                await asyncio.sleep(0.01)
            reply = client.chat("Hello")
            if numbered:
                body = {"client_id": client_id, "content": "while you were away", "hold_seconds": 60}
                self.assertEqual((await call("POST", "/send_message", body))["status"], "held")
            proxy.open = True
            if numbered:
                self.assertEqual(await news.get(), "while you were away")
                self.assertEqual((await news.get(), client.client_id), (Recovery(True, 1), client_id))
            else:
                self.assertEqual(await news.get(), Recovery(False, 0, "unsupported"))
            self.assertEqual((await reply).content, "Echo: Hello")

    async def test_the_heartbeat_is_answered(self) -> None:
        client = await self.connected(timers=Timers(pong_ms=2_000))
        client.wake()
        await asyncio.sleep(2.5)
        self.assertIs(client.state, State.CONNECTED)


@unittest.skipUnless(WS and KEY, "SWITCHBOARD_KEY is not set")
class OnServerWithTokens(ServerTest):
    async def test_a_token_names_the_client_and_a_second_program_replaces_the_first(self) -> None:
        client_id = str(uuid.uuid4())

        async def get_token() -> str:
            return str((await call("POST", "/tokens", {"client_id": client_id}))["token"])

        first = await self.connected(token=get_token)
        second = await self.connected(token=get_token)
        self.assertEqual((first.client_id, second.client_id), (client_id, client_id))
        change = await first.wait_closed()
        self.assertEqual(change.reason, "replaced")
        self.assertIn("Another program", change.message)
        self.assertEqual((await second.chat("Hello")).content, "Echo: Hello")

    async def test_a_wrong_token_is_refused(self) -> None:
        client = Client(WS, token=lambda: "wrong", timers=Timers(backoff_ms=1))
        with self.assertRaisesRegex(Exception, "did not accept the token"):
            await client.connect()


if __name__ == "__main__":
    unittest.main()
