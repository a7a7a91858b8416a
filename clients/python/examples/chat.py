"""A chat in the terminal that survives disconnects.

    pip install switchboard-client
    python3 chat.py [ws://localhost:9004]

Each line is sent as a chat message; the answer is shown as it comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading

from switchboard_client import Client, Closed, Frame, MessageFailed, Recovery, StateChange


def read_lines(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
    loop.call_soon_threadsafe(lines.put_nowait, None)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def main(url: str = "ws://localhost:9004") -> int:
    client = Client(url)
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    @client.on_state
    def show_state(change: StateChange) -> None:
        say(f"[{change.state}] {change.message}".rstrip())
        if change.state == "closed":
            lines.put_nowait(None)

    @client.on_recovery
    def show_recovery(recovery: Recovery) -> None:
        if not recovery.recovered:
            say("[lost] Something may be missing here.")
        elif recovery.count:
            say(f"[recovered] {recovery.count} frames came late.")

    @client.on("chat_message")
    def show_push(frame: Frame) -> None:
        print(f"> {frame.data['content']}", flush=True)

    threading.Thread(target=read_lines, args=(asyncio.get_running_loop(), lines), daemon=True).start()
    try:
        async with client:
            while (line := await lines.get()) is not None:
                try:
                    async for piece in client.chat(line, stream=True):
                        print(piece, end="", flush=True)
                    print(flush=True)
                except MessageFailed as failed:
                    say(f"[{failed.code}] {failed}")
            return 1 if client.state == "closed" else 0
    except Closed as closed:
        say(str(closed))
        return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(*sys.argv[1:])))
