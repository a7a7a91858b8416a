"""Frames: one JSON object in one WebSocket text message, in both directions."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .values import JsonObject, as_count, as_object, as_text

#: Digits of a whole number; below the limit of Python's own.
MAX_INT_DIGITS = 4_000


@dataclass(frozen=True)
class Frame:
    """One frame from the server.

    A frame with ``epoch`` and ``seq`` is durable: it has a number, arrives in the order of the numbers, and can be
    replayed after a break. A frame with ``broadcast`` went to every client, or to
    all of a ``group``. Numbers that Python's int and float cannot
    hold arrive as ``Decimal``.

        @client.on("notification")
        def show(frame: Frame) -> None:
            print(frame.data["message"])
    """

    type: str
    data: JsonObject
    message_id: str = ""
    timestamp: str = ""
    reply_to: str | None = None
    epoch: str | None = None
    seq: int | None = None
    broadcast: str | None = None
    #: The group to which the message was sent.
    group: str | None = None
    #: The frame as it came, with fields that this version does not know.
    raw: JsonObject = field(default_factory=dict[str, Any], repr=False, compare=False)

    @property
    def durable(self) -> bool:
        return self.epoch is not None and self.seq is not None


def parse_frame(value: object) -> Frame | None:
    """A frame from its JSON, or None if the value is not one: the platform's own messages have no ``type``."""
    raw = as_object(value) or {}
    type = as_text(raw.get("type"))
    if type is None:
        return None
    return Frame(
        type=type,
        data=as_object(raw.get("data")) or {},
        message_id=as_text(raw.get("message_id")) or "",
        timestamp=as_text(raw.get("timestamp")) or "",
        reply_to=as_text(raw.get("reply_to")),
        epoch=as_text(raw.get("epoch")),
        seq=as_count(raw.get("seq")),
        broadcast=as_text(raw.get("broadcast")),
        group=as_text(raw.get("group")),
        raw=raw,
    )


def decode(text: str) -> Frame | None:
    """A frame from the text of a WebSocket message, or None if it is not one."""
    try:
        return parse_frame(json.loads(text, parse_int=_integer, parse_float=_float))
    except (ValueError, RecursionError):
        return None


def encode(message: JsonObject) -> str:
    """The text of a message. Raises ValueError for NaN and infinities, which JSON does not have."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8, but JSON can escape it
        text = json.dumps(message, allow_nan=False, separators=(",", ":"))
    return text


def fragments(text: str, limit: int) -> list[str]:
    """Splits the text into pieces of at most ``limit`` bytes of UTF-8, for servers that limit WebSocket frames."""
    if len(text.encode()) <= limit:
        return [text]
    pieces: list[str] = []
    start = size = 0
    for index, character in enumerate(text):
        width = len(character.encode())
        if size + width > limit:
            pieces.append(text[start:index])
            start, size = index, 0
        size += width
    return [*pieces, text[start:]]


def _integer(text: str) -> int | Decimal:
    """A Decimal for integers with too many digits for ``int()``, which would be slow."""
    return int(text) if len(text) <= MAX_INT_DIGITS else Decimal(text)


def _float(text: str) -> float | Decimal:
    """A Decimal if a float would be infinite."""
    number = float(text)
    return number if math.isfinite(number) else Decimal(text)
