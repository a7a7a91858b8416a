"""The client without I/O and clock: events go in, effects come out.

The methods of ``Core`` are its inputs. Each takes the present time in milliseconds, of a clock that never goes back.
``take_effects`` gives the outputs, in order, and ``next_time`` says when to call ``advance``. R1 to R67 are the rules
of ``docs/client-spec.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..frames import Frame, decode, encode
from ..values import JsonObject, as_count, as_text
from .closing import BROKEN, Verdict, close_verdict, closing_verdict, handshake_verdict
from .effects import CancelTool, Disconnect, Effect, Moved, Received, Save, Send, State, StateChange
from .inbox import Inbox, Position
from .link import Greeting, Link, Phase
from .links import Links
from .messages import Messages, is_final
from .outbox import Entry, Outbox
from .recovery import Recoverer
from .standing import Owner, Standing
from .timers import Timers

#: Frames that the library deals with itself, unless they are broadcasts.
INTERNAL = (
    "chat_delta",
    "connection_closing",
    "pong",
    "processing",
    "resumed",
    "tool_cancel",
    "tool_response_accepted",
)


@dataclass(frozen=True)
class CoreOptions:
    timers: Timers = field(default_factory=Timers)
    #: Messages that may wait for an answer; more fail.
    outbox_limit: int = 1_000
    #: True if the application can be asked for a token.
    has_tokens: bool = False
    #: True if the outbox outlives ``close``: there is a storage.
    keeps_outbox: bool = False


class Core:
    def __init__(
        self,
        options: CoreOptions,
        *,
        random: Callable[[], float],
        new_id: Callable[[], str],
        stored: JsonObject | None = None,
    ) -> None:
        self.state = State.IDLE
        #: Why the client is closed.
        self.closed_because: Verdict | None = None
        self.client_id: str | None = None
        self._options = options
        self._new_id = new_id
        self._effects: list[Effect] = []
        #: When each timer fires that belongs to no connection.
        self._timers: dict[str, float] = {}
        #: True if a push was shown, and no frame has said so.
        self._unacknowledged = False
        #: Handshakes in a row that were refused for their token.
        self._token_refusals = 0

        stored = stored or {}
        self._inbox = Inbox(Position.parse(stored))
        #: The stored position up to which everything was handled, and the position up to which the application was told.
        self._inbox.shown.restore(stored.get("shown"))
        self._handled = self._told = self._moved()
        self._outbox = Outbox(new_id().replace("-", "")[:32], options.outbox_limit)
        self._outbox.restore(stored.get("outbox"))
        self._standing = Standing(self.send)
        self._messages = Messages(
            *(self._outbox, options.timers, self.post, self.emit),
            lambda entry, frame: self._standing.settled(entry, frame, self._owner()),
        )
        self._recoverer = Recoverer(self._inbox, options.timers, new_id, self)
        self._links = Links(options.timers, random, self.emit)
        self._links.resume_token = as_text(stored.get("resume_token"))
        self._saved = self._memory()

    @property
    def position(self) -> Position | None:
        return self._inbox.position

    # The application

    def connect(self, now: float) -> None:
        if self.state in (State.IDLE, State.CLOSED):
            self.closed_because = None
            self._token_refusals = 0
            self._links.start_over()
            self._open(now)

    def close(self) -> None:
        self._close(Verdict(False, "client", "The program closed the client."))

    def send(self, type: str, data: JsonObject, now: float, *, reply_to: str | None = None) -> str:
        """Sends a message as soon as possible. Returns its ``message_id``, by which the effects name it."""
        self._standing.sending(type, data)
        entry = Entry(self._new_id(), type, data, reply_to)
        self._messages.add(entry, closed=self.state is State.CLOSED)
        self._flush(now)
        return entry.message_id

    def tell_progress(self, data: JsonObject, now: float) -> None:
        """Reports a tool's progress (R61). It is lost without a connection."""
        link = self._links.for_messages()
        if link:
            self.post(link, {"type": "tool_progress", "data": data}, now)

    def cancel(self, message_id: str, now: float) -> None:
        """Asks the server to end its answer to this message."""
        link = self._links.current if self.state is State.CONNECTED else None
        self._messages.cancel(message_id, link, now)
        self._flush(now)

    def abandon(self, message_id: str, now: float) -> None:
        """The answer to this message is no longer needed."""
        self._messages.abandon(message_id)
        self._flush(now)

    def handled(self, moved: Moved) -> None:
        """The application has handled everything up to where ``Moved`` was."""
        self._handled = moved

    def wake(self, now: float) -> None:
        """The network is back, or the machine woke up."""
        if self.state is State.WAITING:
            self._open(now)
        elif self.state is State.CONNECTED and self._links.current:
            self._ping(self._links.current, now)

    # The connections

    def received(self, connection: int, text: str, now: float) -> None:
        link = self._links.find(connection)
        if link is None:
            return
        self._links.received(link, now)
        frame = decode(text)
        if frame is None:
            return
        protocol_type = frame.type if frame.broadcast is None else None
        if link.phase is not Phase.OPENING or protocol_type == "connection_closing":
            self._receive(link, frame, now)
        elif protocol_type == "connection_established":
            self._greeted(link, frame, now)
        else:
            link.early.append(frame)

    def ended(self, connection: int, code: int | None, now: float) -> None:
        """A connection that was open has ended with a close code; None: it broke without one."""
        link = self._links.find(connection)
        if link:
            code = code or BROKEN
            self._lost(link, close_verdict(code), now, code)

    def refused(self, connection: int, status: int | None, now: float, detail: str = "") -> None:
        """A connection could not be opened. No status: there was no answer, or no token."""
        link = self._links.find(connection)
        if link:
            self._token_refusals = self._token_refusals + 1 if status in (401, 403) else 0
            may_ask_again = self._options.has_tokens and self._token_refusals < 2
            self._lost(link, handshake_verdict(status, detail, may_ask_again=may_ask_again), now)

    # The clock

    def next_time(self) -> float | None:
        """When to call ``advance``, at the latest."""
        return min((at for at, _, _ in self._running_timers()), default=None)

    def advance(self, now: float) -> None:
        """Fires the timers that are due, in order."""
        while due := [timer for timer in self._running_timers() if timer[0] <= now]:
            _, link, name = min(due, key=lambda timer: timer[0])
            (link.timers if link else self._timers).pop(name, None)
            self._fire(link, name, now)

    # The outputs

    def take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        memory = self._memory()
        if memory != self._saved:
            self._saved = memory
            return [Save(), *effects]
        return effects

    def to_json(self) -> JsonObject:
        """The state that survives a restart."""
        stored: JsonObject = {"outbox": [entry.to_json() for entry in self._outbox]}
        if self._links.resume_token is not None:
            stored["resume_token"] = self._links.resume_token
        if self._handled is not None:
            stored.update(self._handled.position.to_json())
            stored["shown"] = self._inbox.shown.to_json(self._handled.broadcasts)
        return stored

    # What the parts of the core share

    def emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    def post(self, link: Link, message: JsonObject, now: float) -> int | None:
        """Sends a frame, and returns its size in bytes; None if it is too large for the server."""
        position, greeting = self._inbox.position, link.greeting
        if position and not link.plain and (link.phase is Phase.READY or position.epoch == link.epoch):  # R44
            message = {**message, "ack": position.seq}
        text = encode(message)
        size = len(text.encode())
        if greeting is None or size > greeting.max_message_bytes:
            return None
        if "ack" in message:
            self._unacknowledged = False
            self._timers.pop("ack", None)
        self._links.sent(link, now)
        self.emit(Send(link.id, text, message, greeting.max_frame_bytes))
        return size

    def show(self, frames: list[Frame], now: float) -> None:
        """Gives frames to the application, whose turn it is, and settles the messages that they answer."""
        for frame in frames:
            if self._is_for_application(frame):
                self.emit(Received(frame))
            if frame.durable and frame.reply_to is None:
                self._unacknowledged = True
                self._acknowledge_within(now)
            if frame.broadcast is None:
                self._messages.settle(frame, now)
        self._tell_position()

    def ready(self, link: Link, now: float) -> None:
        """A connection is ready: messages are sent on it from now on."""
        self._links.ready(link)
        self._timers.pop("ack", None)
        self._acknowledge_within(now)
        position = None if link.plain else self._inbox.position
        self._messages.ready(position.epoch if position else None)
        self._set_state(State.CONNECTED)
        self._standing.ready(self._owner(), now)

    # Inside

    def _owner(self) -> Owner:
        return (self.client_id, self._inbox.position.epoch if self._inbox.position else None)

    def _open(self, now: float) -> None:
        self._timers.pop("reconnect", None)
        self._links.open(now)
        self._set_state(State.CONNECTING)

    def _greeted(self, link: Link, frame: Frame, now: float) -> None:
        greeting = Greeting.parse(frame.data)
        self._token_refusals = 0
        self._links.greeted(link, greeting, now)
        self.client_id = as_text(frame.data.get("client_id")) or self.client_id
        if link is self._links.current:
            self._set_state(State.RECOVERING)
        self._recoverer.greeted(link, greeting, now)
        self._tell_position()
        early, link.early = link.early, []
        for frame in early:
            self._receive(link, frame, now)
        self._flush(now)

    def _receive(self, link: Link, frame: Frame, now: float) -> None:
        if frame.broadcast is None:
            if self._recoverer.answered(link, frame, now):
                self._flush(now)
                return
            if frame.type == "connection_closing":
                self.emit(Disconnect(link.id, 1000))
                self._lost(link, closing_verdict(frame.data), now)
                return
            self._messages.sign(frame, now)
            if self._inbox.is_repeat(frame):  # R24
                self._messages.settle(frame, now)
            else:
                self._take_control(link, frame)
        self._recoverer.receive(link, frame, now)
        self._flush(now)

    def _take_control(self, link: Link, frame: Frame) -> None:
        call_id = as_text(frame.data.get("call_id"))
        if frame.type == "pong" and link is self._links.for_messages():  # R66
            self._inbox.expect(as_text(frame.data.get("epoch")), as_count(frame.data.get("seq")))
        elif frame.type == "chat_delta":
            self._messages.add_delta(frame)
        elif frame.type == "tool_cancel" and call_id is not None:
            self.emit(CancelTool(call_id))

    def _lost(self, link: Link, verdict: Verdict, now: float, code: int = BROKEN) -> None:
        """A connection is over; the verdict says what follows."""
        self._messages.ended(link, code)
        follow = self._links.lost(link, verdict, now)
        if follow is None:
            current = self._links.current
            if current and current.phase is not Phase.READY:
                self._set_state(State.CONNECTING if current.phase is Phase.OPENING else State.RECOVERING)
        elif follow.reconnect:
            wait = self._links.wait_ms(follow)
            self._timers["reconnect"] = now + wait
            self._set_state(State.WAITING, follow, wait)
        else:
            self._close(follow)

    def _close(self, verdict: Verdict) -> None:
        self._links.leave_all()
        self._timers.clear()
        self._messages.fail_all()
        if not self._options.keeps_outbox:
            self._outbox.clear()
        if self.state is not State.CLOSED:
            self.closed_because = verdict
        self._set_state(State.CLOSED, verdict)

    def _fire(self, link: Link | None, name: str, now: float) -> None:
        if link is None:
            {"reconnect": self._open, "messages": self._flush, "ack": self._acknowledge}[name](now)
        elif name == "ping":
            self._ping(link, now)
        elif name in ("connect", "pong", "resume"):  # the connection is dead
            self.emit(Disconnect(link.id, None))
            self._lost(link, close_verdict(BROKEN), now)
        elif name in ("hole", "resume_again"):
            self._recoverer.ask(link, now)
        elif name == "stable":
            self._links.start_over()
        elif name == "change":
            self._links.open_successor(now)

    def _flush(self, now: float) -> None:
        link = self._links.for_messages()
        if link:
            self._messages.flush(link, now)

    def _ping(self, link: Link, now: float) -> None:
        self.post(link, {"type": "ping", "message_id": self._new_id()}, now)
        self._links.pinged(link, now)

    def _acknowledge(self, now: float) -> None:
        """Without a connection it has time until there is one."""
        link = self._links.for_messages()
        if link:
            self._ping(link, now)

    def _acknowledge_within(self, now: float) -> None:
        """R45."""
        ack_ms = self._options.timers.ack_ms
        if self._unacknowledged and ack_ms is not None:
            self._timers.setdefault("ack", now + ack_ms)

    def _is_for_application(self, frame: Frame) -> bool:
        if frame.broadcast is not None:
            return True
        if frame.type == "error":  # R58
            return is_final(frame) and (frame.durable or self._outbox.get(frame.reply_to) is not None)
        return frame.type not in INTERNAL

    def _tell_position(self) -> None:
        moved = self._moved()
        if moved and moved != self._told:
            self._told = moved
            self.emit(moved)

    def _moved(self) -> Moved | None:
        position = self._inbox.position
        return Moved(position, self._inbox.shown.count) if position else None

    def _memory(self) -> tuple[object, ...]:
        """Differs from the last one if there is something to store."""
        return (self._outbox.version, self._handled, self._links.resume_token)

    def _running_timers(self) -> list[tuple[float, Link | None, str]]:
        timers: list[tuple[float, Link | None, str]] = [(at, None, name) for name, at in self._timers.items()]
        for link in self._links.all():
            timers += [(at, link, name) for name, at in link.timers.items()]
        messages = self._messages.next_time() if self._links.for_messages() else None
        if messages is not None:
            timers.append((messages, None, "messages"))
        return timers

    def _set_state(self, state: State, because: Verdict | None = None, retry_in_ms: float | None = None) -> None:
        if state is not self.state:
            self.state = state
            reason, message = (because.reason, because.message) if because else ("", "")
            self.emit(StateChange(state, reason, message, retry_in_ms))
