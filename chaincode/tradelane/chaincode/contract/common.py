"""What several contracts do first: find out for whom the caller asks."""

from collections.abc import Iterable

from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.keys import Slot
from tradelane.chaincode.state.reading import Found, read
from tradelane.model.party import PartyRecord
from tradelane.rules import identity


async def read_as_signer(context: Context, slots: Iterable[Slot[object]]) -> tuple[Found, PartyRecord]:
    """Read slots and the caller's party in one message, and refuse who may not act for it."""
    own = keys.party(identity.party_of(context.caller))
    found = await read(context.stub, [own, *slots])
    return found, identity.signer(context.caller, found.get(own))


async def read_as_reader(context: Context, slots: Iterable[Slot[object]]) -> tuple[Found, PartyRecord]:
    """Read slots and the caller's party in one message, and refuse who may not read for it."""
    own = keys.party(identity.party_of(context.caller))
    found = await read(context.stub, [own, *slots])
    return found, identity.reader(context.caller, found.get(own))


async def read_as_anyone(context: Context, slots: Iterable[Slot[object]]) -> Found:
    """Read slots for a party's user or an administrator; refuse a stranger."""
    if context.caller.is_admin:
        return await read(context.stub, slots)
    return (await read_as_reader(context, slots))[0]
