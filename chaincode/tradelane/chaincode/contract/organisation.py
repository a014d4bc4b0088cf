"""Contract `organisation`: which jurisdictions count, and what each prepares once."""

from tradelane.chaincode.contract.common import read_as_anyone
from tradelane.chaincode.contract.registry import Context, Contract
from tradelane.chaincode.contract.requests import transient_bytes
from tradelane.chaincode.state import documents, keys, parties
from tradelane.chaincode.state.reading import read
from tradelane.model.document import OpenRequest
from tradelane.model.events import OrganisationFact
from tradelane.model.party import NetworkRecord
from tradelane.rules import identity
from tradelane.rules.organisation import register as registered
from tradelane.rules.organisation import require_unprepared

organisation = Contract("organisation", "Organisations of the channel")

REFERENCE_KEY_LENGTH_BYTES = 32


@organisation.submit("register", OpenRequest, NetworkRecord)
async def register(context: Context, request: OpenRequest) -> NetworkRecord:  # noqa: ARG001 -- it has no content
    """Count the caller's own organisation for the majority. Caller: its administrator."""
    msp_id = identity.administrator(context.caller)
    found = await read(context.stub, [keys.network()])
    network = registered(found.network, msp_id)
    await parties.save_network(context.stub, network)
    context.announce(OrganisationFact(msp_id=msp_id))
    return network


@organisation.submit("prepare", OpenRequest, transient=("referenceKey",))
async def prepare(context: Context, request: OpenRequest) -> None:  # noqa: ARG001
    """Store the key of reference fingerprints in the caller's own organisation, once. Caller: its administrator."""
    msp_id = identity.administrator(context.caller)
    key = transient_bytes(context.stub, "referenceKey", REFERENCE_KEY_LENGTH_BYTES)
    require_unprepared(msp_id, await documents.load_reference_key(context.stub, msp_id))
    await documents.save_reference_key(context.stub, msp_id, key)


@organisation.evaluate("list", OpenRequest, NetworkRecord)
async def list_all(context: Context, request: OpenRequest) -> NetworkRecord:  # noqa: ARG001
    """Return the organisations of the channel. Caller: any party's user or administrator."""
    return (await read_as_anyone(context, [keys.network()])).network
