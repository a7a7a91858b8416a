"""Reads untrusted JSON: each function returns None, or an empty value, if the value has another type."""

from __future__ import annotations

from typing import Any, cast

JsonObject = dict[str, Any]


def as_object(value: object) -> JsonObject | None:
    return cast(JsonObject, value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def as_count(value: object) -> int | None:
    """An integer of at least 0; not ``True``, which is an ``int`` in Python."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def as_number(value: object) -> float | None:
    """A number of at least 0."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else None
