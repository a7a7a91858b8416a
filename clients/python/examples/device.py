"""A device that the server's team can call, and that remembers handled calls across restarts.

    pip install switchboard-client
    python3 device.py [ws://localhost:9004] [device.json]

With TOKEN_URL, the device gets its tokens there: a POST is answered with the text of a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import urllib.request

from switchboard_client import Client, FileStorage, Frame, ToolCall, ToolFailed

TOKEN_URL = os.environ.get("TOKEN_URL")


async def get_token() -> str:
    def post() -> str:
        with urllib.request.urlopen(urllib.request.Request(str(TOKEN_URL), method="POST"), timeout=10) as response:
            return str(response.read().decode())

    return await asyncio.to_thread(post)


async def main(url: str = "ws://localhost:9004", file: str = "device.json") -> None:
    client = Client(url, token=get_token if TOKEN_URL else None, storage=FileStorage(file))

    @client.on_tool_call("set_light")
    async def set_light(call: ToolCall) -> object:
        level = call.params.get("level")
        if not isinstance(level, int) or not 0 <= level <= 100:
            raise ToolFailed("invalid_params", "level: expected a whole number from 0 to 100.")
        print(f"The light is at {level} %.", flush=True)
        return {"level": level}

    @client.on("notification")
    def show(frame: Frame) -> None:
        print(frame.data.get("message"), flush=True)

    async with client:
        print(f"Connected as {client.client_id}.", flush=True)
        change = await client.wait_closed()
        print(change.message, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:]))
