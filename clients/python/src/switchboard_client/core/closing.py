"""Why a connection ended, and whether to reconnect: the tables of docs/client-spec.md."""

from __future__ import annotations

from dataclasses import dataclass

from ..values import JsonObject, as_number, as_text

#: The server closed on purpose. Without a connection_closing, coming back could throw another program out.
CLOSED_ON_PURPOSE = (1000, 1005)

#: The client broke a rule of WebSocket, and would break it again.
PROTOCOL_ERRORS = (1002, 1003, 1007)

#: A message, or a part of it, was too large; sent again, it would end the next connection too.
TOO_LARGE = 1009

#: A close without a code: the connection broke.
BROKEN = 1006

SENTENCES = {
    "replaced": "Another program connected as the same client and took its place. Give each program its own client_id.",
    "removed": "The server's team closed the connection.",
    "revoked": "The server's team revoked the token.",
    "expires": "The connection has reached its greatest age.",
    "stopping": "The server restarts.",
    "too_fast": "The client sent too many messages.",
}


@dataclass(frozen=True)
class Verdict:
    """Whether to reconnect, if not why, and the minimum wait in milliseconds."""

    reconnect: bool
    reason: str
    message: str
    after_ms: float = 0


def closing_verdict(data: JsonObject) -> Verdict:
    """What the server's ``connection_closing`` asks for."""
    reason = as_text(data.get("reason")) or "closed_by_server"
    message = SENTENCES.get(reason, f"The server closed the connection: {reason}.")
    return Verdict(data.get("reconnect") is True, reason, message, as_number(data.get("after_ms")) or 0)


def close_verdict(code: int) -> Verdict:
    """What a close without a ``connection_closing`` means."""
    if code in CLOSED_ON_PURPOSE:
        return Verdict(False, "closed_by_server", f"The server closed the connection with {code} and gave no reason.")
    if code in PROTOCOL_ERRORS:
        return Verdict(False, "protocol_error", f"The server closed with {code}: this library broke the protocol.")
    return Verdict(True, "dropped", f"The connection ended with {code}.")


def handshake_verdict(status: int | None, detail: str = "", *, may_ask_again: bool) -> Verdict:
    """What a failed attempt means. No status: there was no answer, or no token."""
    if status is None or status == 429 or 500 <= status <= 599:
        cause = f"status {status}" if status is not None else detail or "no answer"
        return Verdict(True, "unreachable", f"The server could not be reached: {cause}.")
    if status in (401, 403):
        return Verdict(may_ask_again, "unauthorized", f"The server did not accept the token: status {status}.")
    return Verdict(False, "refused", f"The server refused the connection: status {status}. Check the URL.")
