"""The client against a server scripted by each test, over real sockets: lost connections, tokens, and the end."""

from __future__ import annotations

import asyncio
import json
import tempfile
import unittest
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest import mock

from switchboard_client import Client, Closed, FileStorage, Frame, MessageFailed, Recovery, State, Timers

from .client_test import ClientTest, Seen


class Connections(ClientTest):
    async def test_a_lost_connection_is_recovered_and_messages_are_sent_again(self) -> None:
        client = self.new_client()
        seen = Seen(client)
        first = await self.connected(client, resume_token="secret")
        reply = client.chat("Hello")
        message = await first.receive("chat_message")
        await first.push(1)
        await seen.frames(1)
        first.abort()

        second = await self.server.greeted(seq=2)
        self.assertEqual(second.query, {"resume": "secret"})
        resume = await second.receive("resume")
        self.assertEqual(resume["data"], {"epoch": "e1", "seq": 1, "broadcast": "b0"})
        missed = {"type": "chat_message", "data": {"content": "push 2"}, "message_id": "m2", "epoch": "e1", "seq": 2}
        data = {"recovered": True, "frames": [missed], "epoch": "e1", "seq": 2, "broadcast": "b0", "more": False}
        await second.send("resumed", data, reply_to=resume["message_id"])
        repeat = await second.receive("chat_message")
        self.assertEqual({**repeat, "ack": 0}, message)
        self.assertEqual(repeat["ack"], 2)
        await second.answer(repeat, 3)
        self.assertEqual((await reply).content, "Echo: Hello")
        self.assertEqual(await seen.next(Recovery), Recovery(True, 1))

    async def test_the_program_is_told_about_an_incomplete_recovery(self) -> None:
        client = self.new_client()
        seen = Seen(client)
        first = await self.connected(client)
        first.abort()
        second = await self.server.greeted(epoch="e2")
        resume = await second.receive("resume")
        data = {"recovered": False, "reason": "unknown_position", "frames": [], "epoch": "e2", "seq": 0, "void": []}
        await second.send("resumed", data, reply_to=resume["message_id"])
        self.assertEqual(await seen.next(Recovery), Recovery(False, 0, "unknown_position"))

    async def test_a_restarted_program_continues_from_its_storage(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name, "client.json")
        earlier = self.new_client(storage=FileStorage(path))
        seen = Seen(earlier)
        first = await self.connected(earlier, resume_token="secret")
        await first.push(1)
        await seen.frames(1)
        reply = earlier.chat("Hello")
        message = await first.receive("chat_message")
        await earlier.close()
        with self.assertRaises(MessageFailed) as caught:
            await reply
        self.assertEqual(caught.exception.code, "closed")
        self.assertEqual(path.stat().st_mode & 0o077, 0, "the file is for its owner only")

        later = self.new_client(storage=FileStorage(path))
        seen = Seen(later)
        second = await self.connected(later, seq=1)
        self.assertEqual(second.query, {"resume": "secret"})
        repeat = await second.receive("chat_message")
        self.assertEqual((repeat["message_id"], repeat["sender_seq"]), (message["message_id"], message["sender_seq"]))
        await second.answer(repeat, 2)
        [frame] = await seen.frames(1)
        self.assertEqual((frame.type, frame.reply_to), ("chat_response", message["message_id"]))
        await later.close()
        self.assertEqual(json.loads(path.read_text())["outbox"], [])

    async def test_a_failing_storage_is_logged_and_the_client_continues(self) -> None:
        storage = mock.Mock(load=lambda: None, save=mock.Mock(side_effect=OSError("disk full")))
        client = self.new_client(storage=storage)
        with self.assertLogs("switchboard_client", "ERROR") as logs:
            connection = await self.connected(client)
            reply = client.chat("Hello")
            await connection.answer(await connection.receive("chat_message"), 1)
            await reply
        self.assertIn("disk full", logs.output[0])

    async def test_a_frame_whose_handler_has_not_returned_is_not_stored_as_handled(self) -> None:
        saved: list[dict[str, Any]] = []
        client = self.new_client(storage=mock.Mock(load=lambda: None, save=saved.append))
        handling, release = asyncio.Event(), asyncio.Event()

        @client.on("chat_message")
        async def handle(frame: Frame) -> None:
            handling.set()
            await release.wait()

        connection = await self.connected(client)
        await connection.push(1)
        await handling.wait()
        client.chat("Hello")
        await connection.receive("chat_message")
        self.assertEqual(saved[-1]["seq"], 0)
        release.set()
        while saved[-1]["seq"] != 1:
            await asyncio.sleep(0.001)

    async def test_each_connection_gets_a_new_token(self) -> None:
        tokens = iter(["t1", "t2", "t3"])

        async def get_token() -> str:
            return next(tokens)

        client = self.new_client(token=get_token)
        self.server.refusals = [403]
        first = await self.connected(client)
        self.assertEqual(first.protocols, ["switchboard", "t2"])
        first.abort()
        second = await self.server.greeted()
        self.assertEqual((second.protocols, second.query), (["switchboard", "t3"], {}))

    async def test_a_token_that_is_refused_twice_closes_the_client(self) -> None:
        client = self.new_client(token=lambda: "t")
        self.server.refusals = [403, 401]
        with self.assertRaises(Closed) as caught:
            await client.connect()
        self.assertEqual(caught.exception.reason, "unauthorized")

    async def test_a_failed_token_callback_is_retried(self) -> None:
        get_token: Callable[[], Awaitable[str]] = mock.AsyncMock(side_effect=[OSError("no network"), "t2"])
        client = self.new_client(token=get_token)
        with self.assertLogs("switchboard_client", "WARNING") as logs:
            connection = await self.connected(client)
        self.assertIn("no network", logs.output[0])
        self.assertEqual(connection.protocols, ["switchboard", "t2"])

    async def test_a_token_that_is_not_a_valid_header_value_is_neither_sent_nor_shown(self) -> None:
        client = self.new_client(token=lambda: "secret\r\nX-Evil: 1")
        seen = Seen(client)
        connecting = asyncio.create_task(client.connect())
        change = await seen.state(State.WAITING)
        self.assertIn("characters", change.message)
        self.assertNotIn("secret", change.message)
        await client.close()
        with self.assertRaises(Closed):
            await connecting

    async def test_a_server_that_does_not_answer_the_handshake_is_given_up(self) -> None:
        silent = await asyncio.start_server(lambda _, writer: self.addCleanup(writer.close), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        client = Client(f"ws://127.0.0.1:{port}", timers=Timers(connect_ms=20))
        seen = Seen(client)
        connecting = asyncio.create_task(client.connect())
        await seen.state(State.WAITING)
        await client.close()
        with self.assertRaises(Closed):
            await connecting
        silent.close()

    async def test_a_replaced_client_stops_with_a_message(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello")
        await connection.receive("chat_message")
        await connection.send("connection_closing", {"reason": "replaced", "reconnect": False})
        change = await client.wait_closed()
        self.assertEqual((change.state, change.reason), (State.CLOSED, "replaced"))
        self.assertIn("Another program", change.message)
        self.assertEqual(await connection.closed(), 1000)
        with self.assertRaises(MessageFailed) as caught:
            await reply
        self.assertEqual(caught.exception.code, "closed")
        await self.connected(client)  # the program may take the place back

    async def test_a_connection_is_replaced_before_it_ends(self) -> None:
        client = self.new_client(timers=Timers(change_ms=0.001))
        seen = Seen(client)
        first = await self.connected(client, connection_expires_at="2026-01-01T00:00:00.200Z")
        second = await self.server.accept()
        await first.push(1)
        await seen.frames(1)
        await second.greet(seq=1)
        self.assertEqual(await first.closed(), 1000)
        self.assertIs(client.state, State.CONNECTED)
        reply = client.chat("Hello")
        await second.answer(await second.receive("chat_message"), 2)
        await reply

    async def test_a_silent_socket_is_dead(self) -> None:
        client = self.new_client(timers=Timers(backoff_ms=1, pong_ms=20))
        seen = Seen(client)
        first = await self.connected(client, heartbeat_seconds=0.02)
        await first.receive("ping")
        change = await seen.state(State.WAITING)
        self.assertEqual(change.reason, "dropped")
        await self.server.greeted()
        await seen.state(State.CONNECTED)

    async def test_an_unreachable_server_is_retried_until_the_program_closes(self) -> None:
        client = Client("ws://127.0.0.1:1", timers=Timers(backoff_ms=1))
        seen = Seen(client)
        connecting = asyncio.create_task(client.connect())
        change = await seen.state(State.WAITING)
        self.assertEqual((change.reason, change.retry_in_ms is not None), ("unreachable", True))
        self.assertIn("127.0.0.1", change.message)
        await client.close()
        with self.assertRaises(Closed):
            await connecting

    async def test_close_ends_an_opening_connection(self) -> None:
        client = self.new_client()
        connecting = asyncio.create_task(client.connect())
        connection = await self.server.accept()
        await client.close()
        await connection.closed()
        with self.assertRaises(Closed):
            await connecting

    async def test_a_plain_server_is_enough(self) -> None:
        client = self.new_client()
        seen = Seen(client)
        plain = {"epoch": None, "seq": None, "broadcast": None, "resumable_seconds": None}
        first = await self.connected(client, **plain)
        await first.send("news", {"n": 1})
        lost = client.chat("Hello")
        await first.receive("chat_message")
        first.abort()
        with self.assertRaises(MessageFailed) as caught:
            await lost
        self.assertEqual(caught.exception.code, "outcome_unknown")
        await self.server.greeted(**plain)
        self.assertEqual(await seen.next(Recovery), Recovery(False, 0, "unsupported"))
        self.assertIsNone(client.position)

    async def test_the_connection_is_checked_after_the_machine_slept(self) -> None:
        with mock.patch("switchboard_client.runner.CLOCK_SECONDS", 0.01):
            client = self.new_client()
            connection = await self.connected(client)
            with mock.patch("switchboard_client.runner.SLEPT_SECONDS", -1):
                await connection.receive("ping")

    async def test_an_invalid_url_is_refused(self) -> None:
        for url in ("http://example.com", "example.com/live", "ws://"):
            with self.assertRaises(ValueError):
                Client(url)


if __name__ == "__main__":
    unittest.main()
