"""Contract `party`: who takes part, and what their roles are worth."""

from pydantic import TypeAdapter

from tradelane.chaincode.contract.common import read_as_anyone, read_as_signer
from tradelane.chaincode.contract.registry import Context, Contract
from tradelane.chaincode.contract.requests import transient_bytes, transient_text
from tradelane.chaincode.state import keys, parties
from tradelane.chaincode.state.reading import all_parties, read
from tradelane.model.document import SALT_LENGTH_BYTES, OpenRequest
from tradelane.model.party import (
    AdmitRequest,
    DirectoryEntry,
    JointRequest,
    LeiQuery,
    LicenceRequest,
    PartyName,
    PartyQuery,
    PartyRecord,
    PartyView,
)
from tradelane.rules import identity
from tradelane.rules.joint import form
from tradelane.rules.organisation import require_registered
from tradelane.rules.party import admit as admitted
from tradelane.rules.party import known, known_lei, license_role

party = Contract("party", "Parties and their licences")

_NAME: TypeAdapter[str] = TypeAdapter(PartyName)


@party.submit("admit", AdmitRequest, PartyRecord, transient=("name", "salt"))
async def admit(context: Context, request: AdmitRequest) -> PartyRecord:
    """Admit a party to the channel. Caller: an administrator of its organisation."""
    msp_id = identity.administrator(context.caller)
    by_id, by_lei = keys.party(request.party_id), keys.party_of_lei(request.lei)
    found = await read(context.stub, [keys.network(), by_id, by_lei])
    require_registered(found.network, msp_id)
    record, fact = admitted(request, msp_id, found.get(by_id), found.get(by_lei))
    await parties.save_admitted(context.stub, record, _entry(context, record))
    context.announce(fact)
    return record


@party.submit("join", JointRequest, PartyRecord, transient=("name", "salt"))
async def join(context: Context, request: JointRequest) -> PartyRecord:
    """Form a joint party, whose members act together. Caller: an administrator of their organisation."""
    msp_id = identity.administrator(context.caller)
    by_id, members = keys.party(request.party_id), {member: keys.party(member) for member in request.members}
    found = await read(context.stub, [keys.network(), by_id, *members.values()])
    require_registered(found.network, msp_id)
    records = {member: found.get(slot) for member, slot in members.items()}
    record, fact = form(request, msp_id, found.get(by_id), records)
    await parties.save_admitted(context.stub, record, _entry(context, record))
    context.announce(fact)
    return record


@party.submit("licence", LicenceRequest, PartyRecord)
async def licence(context: Context, request: LicenceRequest) -> PartyRecord:
    """Give a regulated role its effect. Caller: an authority of the party's organisation."""
    slot = keys.party(request.party_id)
    found, actor = await read_as_signer(context, [slot])
    record, fact = license_role(request, identity.authority(actor), found.get(slot))
    await parties.save_party(context.stub, record)
    context.announce(fact)
    return record


@party.evaluate("show", PartyQuery, PartyView)
async def show(context: Context, request: PartyQuery) -> PartyView:
    """Return a party with its name. Caller: any party's user or administrator."""
    slot = keys.party(request.party_id)
    found = await read_as_anyone(context, [slot])
    # determinism: allow DET701 evaluated; names are for every organisation of the channel, but not for the blocks
    return await parties.view(context.stub, known(found.get(slot), request.party_id))


@party.evaluate("find", LeiQuery, PartyView)
async def find(context: Context, request: LeiQuery) -> PartyView:
    """Return the party with a Legal Entity Identifier. Caller: any party's user or administrator."""
    slot = keys.party_of_lei(request.lei)
    party_id = known_lei((await read_as_anyone(context, [slot])).get(slot), request.lei)
    found = await read(context.stub, [keys.party(party_id)])
    # determinism: allow DET701 evaluated; names are for every organisation of the channel, but not for the blocks
    return await parties.view(context.stub, known(found.get(keys.party(party_id)), party_id))


@party.evaluate("list", OpenRequest, PartyView, is_list=True)
async def list_all(context: Context, request: OpenRequest) -> tuple[PartyView, ...]:  # noqa: ARG001 -- it has no content
    """Return all parties in the order of their ids. Caller: any party's user or administrator."""
    await read_as_anyone(context, [])
    records = [record async for record in all_parties(context.stub)]
    # determinism: allow DET701 evaluated; names are for every organisation of the channel, but not for the blocks
    return tuple([await parties.view(context.stub, record) for record in records])


def _entry(context: Context, record: PartyRecord) -> DirectoryEntry:
    return DirectoryEntry(
        party_id=record.party_id,
        name=transient_text(context.stub, "name", _NAME),
        salt=transient_bytes(context.stub, "salt", SALT_LENGTH_BYTES).hex(),
    )
