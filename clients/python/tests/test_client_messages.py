"""The client against a server scripted by each test, over real sockets: messages and their answers."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any

from switchboard_client import MessageFailed, State, ToolFailed

from .client_test import ClientTest


class Conversations(ClientTest):
    async def test_a_chat_message_is_answered(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", role="user")
        message = await connection.receive("chat_message")
        self.assertEqual(message["data"], {"content": "Hello", "role": "user"})
        await connection.answer(message, 1)
        response = await reply
        self.assertEqual((response.content, response.status, response.model), ("Echo: Hello", "completed", "echo"))
        self.assertEqual((client.client_id, client.state), ("c-1", State.CONNECTED))

    async def test_a_reply_arrives_in_pieces(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", stream=True)
        message = await connection.receive("chat_message")
        for index, delta in [(1, "ho: "), (0, "Ec"), (1, "ho: ")]:
            await connection.send("chat_delta", {"index": index, "delta": delta}, reply_to=message["message_id"])
        await connection.answer(message, 1)
        pieces = [piece async for piece in reply]
        self.assertEqual("".join(pieces), "Echo: Hello")
        self.assertEqual((await reply).content, "Echo: Hello")

    async def test_a_reply_is_cancelled(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", stream=True)
        message = await connection.receive("chat_message")
        reply.cancel()
        cancel = await connection.receive("cancel")
        self.assertEqual(cancel["data"], {"message_id": message["message_id"]})
        data = {"content": "Ec", "status": "cancelled", "model": "echo"}
        await connection.send("chat_response", data, reply_to=message["message_id"])
        self.assertEqual(((await reply).content, (await reply).status), ("Ec", "cancelled"))

    async def test_texts_follow_a_server_that_corrects_itself(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", stream=True)
        texts = reply.texts()
        message = await connection.receive("chat_message")
        await connection.send("chat_delta", {"index": 0, "delta": "Fcho"}, reply_to=message["message_id"])
        self.assertEqual(await anext(texts), "Fcho")
        await connection.answer(message, 1)
        self.assertEqual([text async for text in texts], ["Echo: Hello"])

    async def test_pieces_end_if_the_server_corrects_text_already_yielded(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", stream=True)
        pieces = aiter(reply)
        message = await connection.receive("chat_message")
        await connection.send("chat_delta", {"index": 0, "delta": "Fcho"}, reply_to=message["message_id"])
        self.assertEqual(await anext(pieces), "Fcho")
        await connection.answer(message, 1)
        self.assertEqual([piece async for piece in pieces], [])
        self.assertEqual((reply.text, (await reply).content), ("Echo: Hello", "Echo: Hello"))

    async def test_pieces_end_with_the_failure_of_the_message(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        reply = client.chat("Hello", stream=True)
        message = await connection.receive("chat_message")
        error = {"error": "Too long.", "code": "timed_out"}
        await connection.send("error", error, reply_to=message["message_id"])
        with self.assertRaises(MessageFailed) as caught:
            async for _ in reply:
                pass
        self.assertEqual((caught.exception.code, str(caught.exception)), ("timed_out", "Too long."))

    async def test_a_tool_of_the_server_returns_its_result_or_fails(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)

        async def answer(data: dict[str, Any]) -> None:
            call = await connection.receive("tool_call")
            await connection.send("tool_response", {**call["data"], **data}, reply_to=call["message_id"])

        result, _ = await asyncio.gather(client.call_tool("add", {"a": 2}), answer({"result": 5, "simulated": True}))
        self.assertEqual((result.result, result.simulated), (5, True))
        failed = {"status": "failed", "error": {"code": "invalid_params", "message": "b is missing"}}
        with self.assertRaises(ToolFailed) as caught:
            await asyncio.gather(client.call_tool("add"), answer(failed))
        self.assertEqual((caught.exception.code, str(caught.exception)), ("invalid_params", "b is missing"))

    async def test_a_message_is_sent_as_it_was_when_passed_in(self) -> None:
        client = self.new_client()
        data = {"items": [1]}
        sending = asyncio.create_task(client.send("order", data))
        await asyncio.sleep(0)
        data["items"].append(2)
        connection = await self.connected(client)
        message = await connection.receive("order")
        self.assertEqual(message["data"], {"items": [1]})
        await connection.send("order_taken", {}, reply_to=message["message_id"])
        self.assertEqual((await sending).type, "order_taken")

    async def test_a_value_that_is_not_json_is_refused_at_once(self) -> None:
        client = self.new_client()
        for value in (float("nan"), {1, 2}):
            with self.assertRaises((TypeError, ValueError)):
                await client.send("order", {"value": value})

    async def test_abandoning_an_answer_does_not_affect_the_client(self) -> None:
        client = self.new_client()
        connection = await self.connected(client)
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(client.chat("Hello"), 0.05)
        await connection.receive("chat_message")
        connection.abort()
        reply = client.chat("Hello again")
        second = await self.server.greeted()
        message = await second.receive("chat_message")
        self.assertEqual(message["data"]["content"], "Hello again", "what was given up is not sent again")
        await second.answer(message, 1)
        self.assertEqual((await reply).content, "Echo: Hello again")

    async def test_a_large_message_is_split_into_frames(self) -> None:
        client = self.new_client()
        connection = await self.connected(client, max_frame_bytes=1_000)
        text = "长 text 🙂 " * 2_000
        reply = client.chat(text)
        message = await connection.receive("chat_message")
        self.assertEqual(message["data"]["content"], text)
        await connection.answer(message, 1, "ok")
        await reply
        with self.assertRaises(MessageFailed) as caught:
            await client.chat("a" * 131_072)
        self.assertEqual(caught.exception.code, "payload_too_large")


if __name__ == "__main__":
    unittest.main()
