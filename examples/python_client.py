#!/usr/bin/env python3
"""A conversation in Python that keeps itself alive and reconnects after a lost connection.

    pip install "websockets>=10"
    python3 python_client.py [ws://localhost:9004]

Each line of standard input is sent as a chat message. If the server requires a token, put it
in the URL: wss://host/stage?token=...
"""

import asyncio
import json
import random
import sys
import threading
import uuid

import websockets

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30
ANSWER_SECONDS = 10

# Without a `connection_closing`, which says whether to reconnect. A reconnect could close a newer connection of
# this client.
CLOSED_ON_PURPOSE = (1000, 1005)

# API Gateway accepts messages of up to 128 KB, in frames of at most 32 KB each.
FRAME_BYTES = 32_000


class Conversation:
    """The state that survives a connection: lines not sent yet."""

    def __init__(self, lines):
        self.lines = lines
        self.unsent = []
        self.unanswered = set()
        self.all_answered = asyncio.Event()
        self.closing = None

    async def hold(self, socket):
        """True if the input has ended, False if the connection has."""
        self.unanswered.clear()
        self.closing = None
        receiving = asyncio.create_task(self.receive(socket))
        sending = asyncio.create_task(self.send_lines(socket))
        await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
        ended = sending.done() and sending.exception() is None
        for task in (receiving, sending):
            task.cancel()
        for error in await asyncio.gather(receiving, sending, return_exceptions=True):
            over = (asyncio.CancelledError, websockets.ConnectionClosed)
            if isinstance(error, BaseException) and not isinstance(error, over):
                raise error
        return ended

    async def send_lines(self, socket):
        """A line that could not be sent waits in `unsent` for the next connection."""
        while True:
            if not self.unsent:
                self.unsent.append(await self.lines.get())
            if self.unsent[0] is None:
                break
            await self.send(socket, "chat_message", {"content": self.unsent[0], "role": "user"})
            self.unsent.pop(0)
        if self.unanswered:
            self.all_answered.clear()
            await asyncio.wait({asyncio.create_task(self.all_answered.wait())}, timeout=ANSWER_SECONDS)

    async def send(self, socket, message_type, data):
        message_id = str(uuid.uuid4())
        self.unanswered.add(message_id)
        text = json.dumps({"type": message_type, "data": data, "message_id": message_id})  # ASCII only
        await socket.send([text[i : i + FRAME_BYTES] for i in range(0, len(text), FRAME_BYTES)])

    async def receive(self, socket):
        heartbeat = None
        try:
            async for text in socket:
                frame = json.loads(text)
                kind = frame.get("type", "error")
                if kind == "connection_established" and not heartbeat:
                    heartbeat = asyncio.create_task(self.beat(socket, frame["data"]["heartbeat_seconds"]))
                if kind == "connection_closing":
                    self.closing = frame["data"]
                show(kind, frame.get("data", frame))
                if kind != "processing":
                    self.unanswered.discard(frame.get("reply_to"))
                if not self.unanswered:
                    self.all_answered.set()
        finally:
            if heartbeat:
                heartbeat.cancel()

    async def beat(self, socket, seconds):
        """The server closes connections that are silent for too long, and says what pace will do."""
        while True:
            await asyncio.sleep(seconds)
            await self.send(socket, "ping", {})


def show(kind, data):
    if kind in ("pong", "processing"):
        return
    text = data.get("content") or data.get("error") or json.dumps(data, ensure_ascii=False)
    print(f"{kind}: {text}", flush=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


def refused(error):
    """Trying again helps against neither a wrong address nor a wrong token."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return isinstance(error, websockets.InvalidURI) or status in (401, 403)


async def run(url, conversation):
    delay = FIRST_DELAY_SECONDS
    while True:
        after = 0
        try:
            async with websockets.connect(url) as socket:
                delay = FIRST_DELAY_SECONDS
                if await conversation.hold(socket):
                    return 0
                say(f"Closed with {socket.close_code}.")
                closing = conversation.closing or {"reconnect": socket.close_code not in CLOSED_ON_PURPOSE}
                if not closing["reconnect"]:
                    return 1
                after = (closing.get("after_ms") or 0) / 1000
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
            say(f"No connection: {error}")
            if refused(error):
                return 1
        # Many clients lose a server at once: chance keeps them from all coming back at once.
        wait = after + random.uniform(0, delay)
        say(f"Trying again in {wait:.1f} s.")
        await asyncio.sleep(wait)
        delay = min(delay * 2, LONGEST_DELAY_SECONDS)


async def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:9004"
    lines = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return await run(url, Conversation(lines))


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except KeyboardInterrupt:
        pass
