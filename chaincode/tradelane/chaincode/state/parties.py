"""Parties, organisations and names on the ledger."""

from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.model.identifiers import PartyId
from tradelane.model.party import DirectoryEntry, NetworkRecord, PartyRecord, PartyView


async def save_network(stub: Stub, network: NetworkRecord) -> None:
    """Write the organisations of the channel."""
    await stub.put_state(keys.network().key, network.to_json())


async def save_admitted(stub: Stub, party: PartyRecord, entry: DirectoryEntry) -> None:
    """Write a new party, its indexes by Legal Entity Identifier and by member, and its name in private."""
    async with stub.write_batch():
        await stub.put_state(keys.party(party.party_id).key, party.to_json())
        if party.lei is not None:
            await stub.put_state(keys.party_of_lei(party.lei).key, party.party_id.encode())
        for member in party.members:
            await stub.put_state(keys.joint_of(member, party.party_id), keys.PRESENT)
        await stub.put_private_data(*keys.directory_entry(party.party_id), entry.to_json())


async def joint_parties_of(stub: Stub, party_id: PartyId) -> tuple[PartyId, ...]:
    """Return the joint parties that a party is a member of, in the order of their ids."""
    return tuple(
        [keys.last_part(row.key) async for row in stub.get_state_by_partial_composite_key(keys.JOINT, [party_id])]
    )


async def save_party(stub: Stub, party: PartyRecord) -> None:
    """Write a party that has changed."""
    await stub.put_state(keys.party(party.party_id).key, party.to_json())


async def view(stub: Stub, party: PartyRecord) -> PartyView:
    """Return a party with its name, without it where this peer has not received the name yet."""
    try:
        entry = await stub.get_private_data(*keys.directory_entry(party.party_id))
    except RequestRefused:
        entry = None
    if entry is None:
        return PartyView(party=party)
    known = DirectoryEntry.from_json(entry)
    return PartyView(party=party, name=known.name, salt=known.salt)
