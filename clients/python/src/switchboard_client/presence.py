"""The snapshot of a group that ``watch_presence`` returns."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import Frame
from .values import as_count, as_object, as_text


@dataclass(frozen=True)
class PresenceSnapshot:
    """Members of a group."""

    #: Maps each client_id to whether it is online.
    clients: dict[str, bool]
    #: Number of members of the group; None on later pages.
    members: int | None
    #: For the next page; None on the last.
    cursor: str | None
    #: False if the group already has the maximum of watchers: no ``presence_changed`` follows.
    watching: bool


def presence_snapshot_from(frame: Frame) -> PresenceSnapshot:
    listed = frame.data.get("clients")
    entries = [as_object(entry) or {} for entry in (listed if isinstance(listed, list) else [])]
    return PresenceSnapshot(
        clients={str(entry.get("client_id")): entry.get("online") is True for entry in entries},
        members=as_count(frame.data.get("members")),
        cursor=as_text(frame.data.get("cursor")),
        watching=frame.data.get("watching") is True,
    )
