"""A client for Switchboard that reconnects by itself, and misses nothing.

import asyncio
from switchboard_client import Client

async def main() -> None:
    async with Client("ws://localhost:9004") as client:
        response = await client.chat("Hello")
        print(response.content)

asyncio.run(main())
"""

from .client import Client, ToolResult
from .core.effects import Recovery, State, StateChange
from .core.inbox import Position
from .core.timers import Timers
from .errors import Closed, MessageFailed, SwitchboardError, ToolFailed
from .frames import Frame
from .presence import PresenceSnapshot
from .reply import ChatResponse, Reply
from .storage import FileStorage, Storage
from .tools import ToolCall

__all__ = [
    "ChatResponse",
    "Client",
    "Closed",
    "FileStorage",
    "Frame",
    "MessageFailed",
    "Position",
    "PresenceSnapshot",
    "Recovery",
    "Reply",
    "State",
    "StateChange",
    "Storage",
    "SwitchboardError",
    "Timers",
    "ToolCall",
    "ToolFailed",
    "ToolResult",
]

__version__ = "0.1.0"
