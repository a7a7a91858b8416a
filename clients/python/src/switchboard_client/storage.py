"""Storage for the state that survives a restart: the client's identity, position, and unanswered messages."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Protocol

from .values import JsonObject, as_object


class Storage(Protocol):
    """Keeps one JSON object.

    ``save`` is called before each message is sent, and must not return before the object is stored. It runs in the
    event loop, so it should take milliseconds. Two programs must not share one storage.

        class RedisStorage:
            def load(self) -> dict | None:
                text = redis.get("switchboard")
                return json.loads(text) if text else None

            def save(self, value: dict) -> None:
                redis.set("switchboard", json.dumps(value))
    """

    def load(self) -> JsonObject | None: ...

    def save(self, value: JsonObject) -> None: ...


class FileStorage:
    """Stores the state in a file. Only its owner may read it, because it contains the ``resume_token``.

    It survives the end of the program; a power cut may take the last moments.

    client = Client(url, storage=FileStorage("client.json"))
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    def load(self) -> JsonObject | None:
        """The stored object; None if there is none. Raises ValueError if the file is not valid."""
        try:
            value = as_object(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        if value is None:
            raise ValueError(f"{self._path} is not the memory of a client.")
        return value

    def save(self, value: JsonObject) -> None:
        """Replaces the file atomically, so that a crash leaves either the old or the new one."""
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(value))
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise
