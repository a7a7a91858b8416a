"""Effects that the core requests: connections, frames to send, and events for the application."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..errors import MessageFailed
from ..frames import Frame
from ..values import JsonObject
from .inbox import Position


class State(str, Enum):
    """The state of a client, for display."""

    IDLE = "idle"
    #: Getting a token, opening the socket, or waiting for the greeting.
    CONNECTING = "connecting"
    #: Connected; requests missed frames from the server.
    RECOVERING = "recovering"
    CONNECTED = "connected"
    #: Between two attempts.
    WAITING = "waiting"
    #: Ended; the client does not reconnect by itself.
    CLOSED = "closed"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class StateChange:
    """The client's new state.

    @client.on_state
    def show(change: StateChange) -> None:
        print(change.state, change.message)
    """

    state: State
    #: For programs, such as ``replaced`` or ``dropped``; empty if nothing went wrong.
    reason: str = ""
    #: For people.
    message: str = ""
    #: While waiting: milliseconds until the next attempt.
    retry_in_ms: float | None = None


@dataclass(frozen=True)
class Recovery:
    """The result of a recovery after a disconnect.

    ``recovered`` is False if the server cannot prove that nothing is missing: then load anew what your program shows.

        @client.on_recovery
        def check(recovery: Recovery) -> None:
            if not recovery.recovered:
                reload_everything()
    """

    recovered: bool
    #: How many frames came because of it.
    count: int
    #: Why it is not complete: ``expired``, ``unknown_position``, ``unsupported``, or the code of an error.
    reason: str | None = None


@dataclass(frozen=True)
class Connect:
    """Get a new token and open a connection, with this ``resume`` in the query of the URL if there is one."""

    connection: int
    resume: str | None


@dataclass(frozen=True)
class Send:
    """Send a frame: its text, and the same as an object, in WebSocket frames of a limited size."""

    connection: int
    text: str
    frame: JsonObject
    max_frame_bytes: int


@dataclass(frozen=True)
class Disconnect:
    """Close a connection without waiting; ignore anything that it still receives."""

    connection: int
    code: int | None


@dataclass(frozen=True)
class Received:
    """A frame for the application, in its turn."""

    frame: Frame


@dataclass(frozen=True)
class ReplyText:
    """The text so far of a reply that streams."""

    message_id: str
    text: str


@dataclass(frozen=True)
class CancelTool:
    """The server no longer wants the result of this call."""

    call_id: str


@dataclass(frozen=True)
class Moved:
    """All frames up to this position were received. Call ``Core.handled`` when the application has handled them."""

    position: Position
    #: How many broadcasts were received until now.
    broadcasts: int


@dataclass(frozen=True)
class Answered:
    """The answer to a message of ours."""

    message_id: str
    frame: Frame


@dataclass(frozen=True)
class Failed:
    """A message of ours that failed."""

    message_id: str
    error: MessageFailed


@dataclass(frozen=True)
class Save:
    """Store ``Core.to_json()`` before doing what follows."""


Effect = (
    StateChange
    | Recovery
    | Connect
    | Send
    | Disconnect
    | Received
    | ReplyText
    | CancelTool
    | Moved
    | Answered
    | Failed
    | Save
)
