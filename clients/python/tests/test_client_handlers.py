"""The client against a server scripted by each test, over real sockets: the handlers of the program."""

from __future__ import annotations

import asyncio
import sys
import unittest

from switchboard_client import Frame, ToolCall, ToolFailed

from .client_test import ClientTest, Seen


class Handlers(ClientTest):
    async def test_frames_are_handled_in_order_one_after_the_other(self) -> None:
        client = self.new_client()
        handled: list[str] = []
        done = asyncio.Event()

        @client.on("chat_message")
        async def handle(frame: Frame) -> None:
            await asyncio.sleep(0.01 if frame.seq == 1 else 0)
            handled.append(frame.data["content"])
            if frame.seq == 3:
                done.set()

        connection = await self.connected(client)
        for seq in (2, 1, 3):
            await connection.push(seq)
        await done.wait()
        self.assertEqual(handled, ["push 1", "push 2", "push 3"])

    async def test_a_handler_may_wait_for_an_answer(self) -> None:
        client = self.new_client()
        answers: asyncio.Queue[str] = asyncio.Queue()

        @client.on("chat_message")
        async def handle(frame: Frame) -> None:
            answers.put_nowait((await client.chat("Hello")).content)

        connection = await self.connected(client)
        await connection.push(1)
        await connection.answer(await connection.receive("chat_message"), 2)
        self.assertEqual(await answers.get(), "Echo: Hello")

    async def test_a_failed_handler_is_logged_and_changes_nothing(self) -> None:
        client = self.new_client()
        seen = Seen(client)

        @client.on("chat_message")
        def handle(frame: Frame) -> None:
            raise RuntimeError("a fault")

        connection = await self.connected(client)
        with self.assertLogs("switchboard_client", "ERROR") as logs:
            await connection.push(1)
            await connection.push(2)
            self.assertEqual([frame.seq for frame in await seen.frames(2)], [1, 2])
            await asyncio.sleep(0)
        self.assertIn("RuntimeError: a fault", logs.output[0])

    @unittest.skipIf(sys.version_info < (3, 11), "Python 3.10 cannot tell who was cancelled")
    async def test_a_handler_whose_awaited_task_is_cancelled_does_not_end_the_others(self) -> None:
        client = self.new_client()
        seen = Seen(client)

        async def cancelled(_: object) -> None:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

        client.on("chat_message")(cancelled)
        client.on_tool_call("show")(cancelled)
        connection = await self.connected(client)
        with self.assertLogs("switchboard_client", "ERROR"):
            await connection.push(1)
            await connection.send("tool_call", {"tool_name": "show", "call_id": "k1"}, epoch="e1", seq=2)
            self.assertEqual((await connection.receive("tool_response"))["data"]["status"], "failed")
        self.assertEqual([frame.seq for frame in await seen.frames(2)], [1, 2])

    async def test_close_may_be_called_by_a_handler(self) -> None:
        client = self.new_client()
        handled: list[int | None] = []

        @client.on("chat_message")
        async def handle(frame: Frame) -> None:
            handled.append(frame.seq)
            await client.close()

        connection = await self.connected(client)
        await connection.push(1)
        await connection.push(2)
        change = await client.wait_closed()
        self.assertEqual((change.reason, await connection.closed()), ("client", 1000))
        self.assertEqual(handled, [1])

    async def test_tools_run_concurrently_and_answer(self) -> None:
        client = self.new_client()
        release = asyncio.Event()

        @client.on_tool_call("slow")
        async def slow(call: ToolCall) -> object:
            await release.wait()
            return call.params

        @client.on_tool_call("bad")
        def bad(call: ToolCall) -> object:
            raise ToolFailed("no_such_page", "The book has 12 pages.")

        @client.on_tool_call("broken")
        def broken(call: ToolCall) -> object:
            return {1, 2}  # not JSON

        connection = await self.connected(client)
        for seq, name in enumerate(("slow", "bad", "broken", "unknown"), start=1):
            data = {"tool_name": name, "params": {"n": seq}, "from_api": True, "call_id": f"k{seq}"}
            await connection.send("tool_call", data, epoch="e1", seq=seq)
        with self.assertLogs("switchboard_client", "ERROR"):
            responses = [(await connection.receive("tool_response"))["data"] for _ in range(3)]
        release.set()
        responses.append((await connection.receive("tool_response"))["data"])
        by_call = {data["call_id"]: data for data in responses}
        self.assertEqual(by_call["k1"], {"call_id": "k1", "status": "completed", "result": {"n": 1}})
        self.assertEqual(by_call["k2"]["error"], {"code": "no_such_page", "message": "The book has 12 pages."})
        self.assertEqual(by_call["k3"]["error"]["code"], "tool_failed")
        self.assertEqual(by_call["k4"]["error"]["code"], "unknown_tool")

    async def test_a_repeated_call_runs_once_and_reports_its_progress(self) -> None:
        client = self.new_client()
        runs: list[str | None] = []

        @client.on_tool_call("count")
        def count(call: ToolCall) -> object:
            runs.append(call.call_id)
            call.progress(1, message="Half")
            return len(runs)

        connection = await self.connected(client)
        for seq, call_id in enumerate(("k1", "k1", "k2"), start=1):
            data = {"tool_name": "count", "params": {}, "from_api": True, "call_id": call_id}
            await connection.send("tool_call", data, epoch="e1", seq=seq)
        progress = (await connection.receive("tool_progress"))["data"]
        self.assertEqual(progress, {"call_id": "k1", "progress": 1, "message": "Half"})
        results = [(await connection.receive("tool_response"))["data"]["result"] for _ in range(2)]
        self.assertEqual((results, runs), ([1, 2], ["k1", "k2"]))

    async def test_a_call_has_its_deadline(self) -> None:
        client = self.new_client()
        deadlines: asyncio.Queue[str | None] = asyncio.Queue()
        client.on_tool_call("show")(lambda call: deadlines.put_nowait(call.deadline))
        connection = await self.connected(client)
        for seq, more in ((1, {"deadline": "2026-01-01T00:00:20.000Z"}), (2, {})):
            data = {"tool_name": "show", "call_id": f"c-{seq}", **more}
            await connection.send("tool_call", data, epoch="e1", seq=seq)
        self.assertEqual([await deadlines.get(), await deadlines.get()], ["2026-01-01T00:00:20.000Z", None])

    async def test_a_cancelled_call_cancels_its_handler(self) -> None:
        client = self.new_client()
        started, cancelled = asyncio.Event(), asyncio.Event()

        @client.on_tool_call("slow")
        async def slow(call: ToolCall) -> object:
            started.set()
            try:
                return await asyncio.Event().wait()
            finally:
                cancelled.set()

        connection = await self.connected(client)
        await connection.send("tool_call", {"tool_name": "slow", "call_id": "k1"}, epoch="e1", seq=1)
        await started.wait()
        await connection.send("tool_cancel", {"call_id": "k1", "reason": "timeout"})
        await cancelled.wait()


if __name__ == "__main__":
    unittest.main()
