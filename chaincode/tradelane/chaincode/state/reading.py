"""Reading several records in one message."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TypeVar

from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.keys import Slot
from tradelane.model.party import NetworkRecord, PartyRecord

T = TypeVar("T")


class Found:
    """What the slots that were read hold."""

    def __init__(self, values: Mapping[str, bytes | None]) -> None:
        self._values = values

    def get(self, slot: Slot[T]) -> T | None:
        """Return the record in a slot that was read, None where it is empty.

        Raises:
            KeyError: The slot was not read.
        """
        value = self._values[slot.key]
        return None if value is None else slot.decode(value)

    @property
    def network(self) -> NetworkRecord:
        """The organisations of the channel; none before the first has registered."""
        return self.get(keys.network()) or NetworkRecord()


async def read(stub: Stub, slots: Iterable[Slot[object]]) -> Found:
    """Read slots, each once, in one message to the peer."""
    names = list(dict.fromkeys(slot.key for slot in slots))
    return Found(dict(zip(names, await stub.get_multiple_states(names), strict=True)))


async def all_parties(stub: Stub) -> AsyncIterator[PartyRecord]:
    """Iterate over all parties in the order of their ids."""
    async for row in stub.get_state_by_partial_composite_key(keys.PARTY, []):
        yield PartyRecord.from_json(row.value)
