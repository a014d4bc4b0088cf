"""What the ledger tells: chaincode events, blocks, and how far a consumer has come.

`requests` and `reading` are pure; `feeds` says what kinds of streams there are, `following` keeps a stream's place
across interruptions; `streams` and `aio` perform it. `checkpointers` and `sql` remember a consumer's place.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradelane.gateway.events.announcements import Announcement, read_event
    from tradelane.gateway.events.checkpointers import (
        Checkpoint,
        Checkpointer,
        FileCheckpointer,
        InMemoryCheckpointer,
        Position,
    )
    from tradelane.gateway.events.following import Interruption, Recovery
    from tradelane.gateway.events.reading import ChaincodeEvent
    from tradelane.gateway.events.sql import AsyncSqlCheckpointer, SqlCheckpointer

__all__ = [
    "Announcement",
    "AsyncSqlCheckpointer",
    "ChaincodeEvent",
    "Checkpoint",
    "Checkpointer",
    "FileCheckpointer",
    "InMemoryCheckpointer",
    "Interruption",
    "Position",
    "Recovery",
    "SqlCheckpointer",
    "read_event",
]

_HOMES = {
    "announcements": ("Announcement", "read_event"),
    "checkpointers": ("Checkpoint", "Checkpointer", "FileCheckpointer", "InMemoryCheckpointer", "Position"),
    "following": ("Interruption", "Recovery"),
    "reading": ("ChaincodeEvent",),
    "sql": ("AsyncSqlCheckpointer", "SqlCheckpointer"),
}


def __getattr__(name: str) -> object:
    # SQLAlchemy is installed only where it is wanted, and is slow to load.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
