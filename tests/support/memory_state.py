"""The state of the in-memory ledger: versions, read-write sets and the checks at commit (MVCC, phantoms)."""

import hashlib
import json
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime

from tradelane.chaincode.shim.interface import KeyModification
from tradelane.chaincode.shim.policy import Policy

Address = tuple[str, str]
"""Collection and key; the public state is the collection without a name."""
Version = tuple[int, int]
"""Block number and place of the transaction in it."""
PUBLIC = ""


@dataclass(frozen=True)
class Slot:
    """One key's committed content; of a private key it is the hash of the value, as on a real ledger."""

    value: bytes
    version: Version
    policy: Policy | None = None


@dataclass
class RangeRead:
    """What a range query saw, to be compared at commit; `complete` when the transaction read to the end."""

    start: str
    end: str
    rows: list[tuple[str, Version]] = field(default_factory=list)
    complete: bool = False


@dataclass
class ReadWriteSet:
    """What one simulation read and would write."""

    reads: dict[Address, Version | None] = field(default_factory=dict)
    ranges: list[RangeRead] = field(default_factory=list)
    writes: dict[Address, bytes | None] = field(default_factory=dict)
    policies: dict[Address, Policy] = field(default_factory=dict)
    purges: set[Address] = field(default_factory=set)

    def touched(self) -> list[Address]:
        """Return the keys whose endorsement policies count."""
        return sorted({*self.writes, *self.policies})

    def public_bytes(self) -> bytes:
        """Return what the transaction would make public, private values as hashes: endorsers must agree on it."""
        content = {
            "reads": [[*address, version] for address, version in self.reads.items()],
            "ranges": [[each.start, each.end, each.rows, each.complete] for each in self.ranges],
            "writes": [[*address, public_value(address, value)] for address, value in sorted(self.writes.items())],
            "policies": [[*address, repr(policy)] for address, policy in sorted(self.policies.items())],
            "purges": sorted(self.purges),
        }
        return json.dumps(content).encode()


def public_value(address: Address, value: bytes | None) -> str | None:
    """Return the form of a written value in the block, None for a deletion."""
    if value is None:
        return None
    return value.hex() if address[0] == PUBLIC else hashlib.sha256(value).hexdigest()


class WorldState:
    """Committed keys, their history, and each organisation's private values."""

    def __init__(self, msp_ids: tuple[str, ...]) -> None:
        self.slots: dict[Address, Slot] = {}
        self.history: dict[str, list[KeyModification]] = {}
        self.private: dict[str, dict[Address, list[bytes]]] = {msp_id: {} for msp_id in msp_ids}
        self._keys: list[str] = []

    def version(self, address: Address) -> Version | None:
        """Return the version of a key, None where it is absent."""
        slot = self.slots.get(address)
        return slot.version if slot else None

    def scan(self, start: str, end: str) -> list[str]:
        """Return the public keys from start (inclusive) to end (exclusive), in the order of their UTF-8 bytes.

        Python compares strings by code point, which is the same order. An empty end is no bound.
        """
        return self._keys[bisect_left(self._keys, start) : bisect_left(self._keys, end) if end else None]

    def scan_private(self, collection: str, start: str, end: str) -> list[str]:
        """Return a collection's keys, as `scan` does."""
        found = (key for name, key in self.slots if name == collection)
        return sorted(key for key in found if start <= key and (not end or key < end))

    def conflict(self, simulated: ReadWriteSet) -> str | None:
        """Return the validation code of the first read that no longer holds, None when all do."""
        if any(self.version(address) != version for address, version in simulated.reads.items()):
            return "MVCC_READ_CONFLICT"
        if any(self._changed(each) for each in simulated.ranges):
            return "PHANTOM_READ_CONFLICT"
        return None

    def _changed(self, seen: RangeRead) -> bool:
        rows = [(key, self.version((PUBLIC, key))) for key in self.scan(seen.start, seen.end)]
        return rows != seen.rows if seen.complete else rows[: len(seen.rows)] != seen.rows

    def apply(
        self, simulated: ReadWriteSet, tx_id: str, timestamp: datetime, version: Version, members: dict[str, set[str]]
    ) -> None:
        """Write a valid transaction; `members` names the organisations which receive a collection's values."""
        for address, value in simulated.writes.items():
            if address[0] == PUBLIC:
                self._write_public(address[1], value, KeyModification(tx_id, value or b"", timestamp, value is None))
            else:
                self._write_private(address, value, members[address[0]], purge=address in simulated.purges)
            self._write_slot(address, value, version)
        for address, policy in simulated.policies.items():
            if address in self.slots:  # Fabric ignores the policy of a key which does not exist
                self.slots[address] = Slot(self.slots[address].value, version, policy)

    def _write_slot(self, address: Address, value: bytes | None, version: Version) -> None:
        old = self.slots.pop(address, None)
        if value is None:
            return
        stored = value if address[0] == PUBLIC else hashlib.sha256(value).digest()
        self.slots[address] = Slot(stored, version, old.policy if old else None)

    def _write_public(self, key: str, value: bytes | None, modification: KeyModification) -> None:
        self.history.setdefault(key, []).append(modification)
        present = (PUBLIC, key) in self.slots
        if value is None and present:
            del self._keys[bisect_left(self._keys, key)]
        elif value is not None and not present:
            insort(self._keys, key)

    def _write_private(self, address: Address, value: bytes | None, members: set[str], *, purge: bool) -> None:
        for msp_id in members:
            versions = self.private[msp_id].setdefault(address, [])
            if purge:
                versions.clear()
            if value is not None:
                versions.append(value)
