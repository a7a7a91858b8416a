"""A conversation in Python with the client library: it reconnects by itself, and loses nothing.

    python3 chat.py [ws://localhost:9004]
"""

import asyncio
import sys

from switchboard_client import Client


async def main(url="ws://localhost:9004"):
    client = Client(url)
    client.on_state(lambda change: print(f"[{change.state}] {change.message}", file=sys.stderr, flush=True))
    client.on("chat_message")(lambda frame: print(f"> {frame.data['content']}", flush=True))
    client.on_tool_call("add_here")(lambda call: call.params["a"] + call.params["b"])

    async with client:
        await client.register_tools([{"name": "add_here", "description": "Adds two numbers."}])
        while line := await asyncio.to_thread(sys.stdin.readline):
            response = await client.chat(line.rstrip("\n"))
            print(response.content, flush=True)


asyncio.run(main(*sys.argv[1:2]))
