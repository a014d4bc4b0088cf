"""Where what travels beside a transaction may go: every function that is submitted, by what the metadata says of it.

Transient data reaches the peers that endorse, and nobody else. So for each function it is held whom the client asks to
endorse (here, against scripted contracts) and into whose private data the chaincode puts it (on the in-memory ledger).
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bill import as_bytes, issuance_request, transport_document
from tests.gateway.conftest import USER
from tests.gateway.contracts import SALT, TITLE, Contracts, title
from tests.support.identities import admin_identity
from tests.support.loopback_gateway import Script
from tests.support.memory_ledger import Transaction
from tests.support.memory_state import PUBLIC
from tests.support.trade import (
    BANK,
    CARRIER,
    EXPORTER,
    PDF,
    SH_AUTHORITY,
    SH_OUTSIDER,
    Trade,
    changed,
    example_document,
)
from tradelane.chaincode.contract import build, metadata
from tradelane.gateway import client
from tradelane.gateway.client import Gateway
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.session import Flow
from tradelane.gateway.trade import attachments, documents, ebl, organisations, parties
from tradelane.gateway.trade.attachments import File
from tradelane.model.attachment import AttachmentKind, Description
from tradelane.model.party import PartyRecord, PartyRole

OWN, THEIRS, BOTH = ("ShanghaiMSP",), ("HongKongMSP",), ("HongKongMSP", "ShanghaiMSP")
FILE = File.of("invoice.pdf", PDF)
SHARED: dict[str, Any] = {"share": False}
HANDED: dict[str, Any] = {"title_id": TITLE, "to": "hkbank", **SHARED}
REASONED: dict[str, Any] = {"title_id": TITLE, "reason": "why"}
DIGEST = "1" * 64

Case = tuple[tuple[str, ...] | None, Flow[Any]]
"""Who may see what travels beside it (None: nothing does), and the call."""

RECORD = PartyRecord(party_id="hkbank", msp_id="HongKongMSP", roles=(PartyRole.TRADER,))
CASES: dict[str, Case] = {
    # An organisation's own: the key of its references, documents as they are lodged.
    "organisation:register": (None, organisations.register()),
    "organisation:prepare": (OWN, organisations.prepare()),
    "document:lodge": (OWN, documents.lodge(transport_document())),
    "document:lodgeAttachment": (OWN, attachments.attach(TITLE, FILE)),
    "document:attach": (None, attachments.attach(TITLE, FILE)),
    # The recipient's: what is shared with it.
    "document:share": (THEIRS, documents.share(TITLE, to="hkbank")),
    "document:shareAttachment": (THEIRS, documents.share(TITLE, to="hkbank")),
    # Everybody's on this channel, but not in blocks: names (`directory`) and words (`remarks`).
    "party:admit": (BOTH, parties.admit("hkbank", lei="529900T8BM49AURSDO55", name="Bank", roles=["TRADER"])),
    "party:join": (BOTH, parties.join("both", members=["one", "two"], name="Both")),
    "party:licence": (None, parties.licence("hkbank", PartyRole.BANK)),
    "ebl:issue": (BOTH, ebl.issue(as_bytes(issuance_request()), from_paper="bill 4711", **SHARED)),
    "ebl:sign": (BOTH, ebl.sign(TITLE, remark="seen")),
    "ebl:refuse": (BOTH, ebl.refuse(**REASONED)),
    "ebl:enforce": (BOTH, ebl.enforce(**REASONED)),
    "ebl:reject": (BOTH, ebl.reject(**REASONED)),
    "ebl:freeze": (BOTH, ebl.freeze(TITLE, order="order 1")),
    "ebl:unfreeze": (BOTH, ebl.unfreeze(TITLE, order="order 1")),
    "ebl:recover": (BOTH, ebl.recover(TITLE, subject="shexporter", to="shcarrier", order="order 1")),
    "ebl:surrenderForAmendment": (BOTH, ebl.surrender_for_amendment(TITLE, remark="another port")),
    "ebl:accept": (BOTH, ebl.accept(TITLE, paper="bill 4711")),
    "ebl:accomplish": (BOTH, ebl.accomplish(TITLE, delivery_order="DO 1")),
    "ebl:void": (BOTH, ebl.void(TITLE, remark="sunk")),
    # Nothing travels beside these: what they say is public.
    "ebl:transfer": (None, ebl.transfer(**HANDED)),
    "ebl:nominate": (None, ebl.nominate(TITLE, to="hkbank")),
    "ebl:endorse": (None, ebl.endorse(**HANDED)),
    "ebl:pledge": (None, ebl.pledge(**HANDED)),
    "ebl:release": (None, ebl.release(TITLE)),
    "ebl:substitutePledgee": (None, ebl.substitute_pledgee(**HANDED)),
    "ebl:surrender": (None, ebl.surrender(TITLE)),
    "ebl:replace": (None, ebl.replace((TITLE,), (transport_document(),))),
    "ebl:export": (None, ebl.export(TITLE, operator="hkbank", platform="WAVE", entry=DIGEST, **SHARED)),
    "ebl:import": (None, ebl.import_back(**HANDED, left_by=DIGEST, entry="2" * 64)),
}


def submitted() -> dict[str, tuple[str, ...]]:
    """The functions that are submitted, with the names of what travels beside them, as the metadata says."""
    router: Any = build()
    found = json.loads(metadata.metadata(router._contracts))["contracts"]
    return {
        f"{contract}:{function['name']}": tuple(function.get("transient", ()))
        for contract, said in found.items()
        for function in said["transactions"]
        if "submit" in function["tag"]
    }


SUBMITTED = submitted()


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    said = Description(
        title_id=TITLE,
        attachment_id="3" * 32,
        kind=AttachmentKind.SUPPORTING,
        name=FILE.name,
        media_type=FILE.media_type,
        size=FILE.size,
        checksum=FILE.checksum,
        salt=SALT.hex(),
    )
    attached = {
        "attachmentId": "3" * 32,
        "kind": "SUPPORTING",
        "commitment": said.commitment,
        "attachedBy": {"partyId": "shexporter", "mspId": "ShanghaiMSP"},
        "titleSequence": 1,
        "attachedAt": "2026-03-02T00:00:00.000Z",
    }
    description = json.loads(said.to_json())
    content = "JVBERi0xLjcgaW52b2ljZSAxNw=="
    record = json.loads(RECORD.to_json())
    found.answers |= {
        "organisation:register": {"mspIds": list(BOTH)},
        "organisation:prepare": {},
        "party:admit": record,
        "party:join": record,
        "party:licence": record,
        "document:attach": {"titleId": TITLE, "attached": []},
        "document:lodgeAttachment": {},
        "document:shareAttachment": {},
        "document:attachments": [{"attached": attached, "description": description, "recipientHasIt": False}],
        "document:attachment": {"attached": attached, "description": description, "content": content},
        "ebl:replace": {"titles": [title(), title()]},
    }
    return found


@pytest.fixture
def gateway(profile: Path, contracts: Contracts) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def test_every_function_that_is_submitted_is_here() -> None:
    assert set(CASES) == set(SUBMITTED)


@pytest.mark.parametrize("function", CASES)
def test_what_travels_beside_it_reaches_only_who_may_see_it(
    function: str, gateway: Gateway, contracts: Contracts
) -> None:
    may_see, flow = CASES[function]
    gateway.run(flow)
    asked = contracts.asked(function)
    assert set(asked.transient) <= set(SUBMITTED[function])
    assert bool(asked.transient) == bool(SUBMITTED[function]) == (may_see is not None)
    if may_see is not None:
        assert set(asked.organisations) == set(may_see)
    # The steps on the way to it keep to their own rows; what is only tried out is asked of the caller's own peers.
    for other in contracts.invocations:
        if other.transient:
            assert set(other.organisations) <= set(CASES[other.function][0] or ())
        if other.rpc == "evaluate" and other.transient:
            assert other.organisations == OWN


class Watched(Trade):
    """Holds of each transaction that who endorsed it keeps what travelled beside it, and nobody else endorsed."""

    def __init__(self, trade: Trade) -> None:
        super().__init__(trade.ledger, trade.chaincode)
        self.seen: set[str] = set()

    async def endorse(
        self, who: Any, function: str, request: Any = b"{}", transient: Any = None, endorsing: Any = None
    ) -> Transaction:
        transaction = await super().endorse(who, function, request, transient, endorsing)
        if transient:
            self.seen.add(function)
            kept = {collection for collection, _ in transaction.simulated.writes if collection != PUBLIC}
            members = [set(self.ledger.collections[name].members) for name in kept]
            assert members, f"{function} keeps nothing of what travelled beside it"
            assert all(transaction.endorsing <= each for each in members), function
        return transaction


async def test_what_travels_beside_a_transaction_is_kept_where_it_was_endorsed() -> None:
    trade = Watched(Trade())
    await trade.open()
    await trade.join("both", EXPORTER, SH_OUTSIDER)
    await trade.lodge()
    await trade.issue()
    await trade.share(CARRIER, EXPORTER)
    await trade.attach(EXPORTER)
    await trade.share_attachment(EXPORTER, BANK)
    await trade.act(EXPORTER, "sign", reason="seen")
    await trade.act(SH_AUTHORITY, "freeze", reason="order 1")
    await trade.act(SH_AUTHORITY, "unfreeze", reason="order 2")
    await trade.act(SH_AUTHORITY, "recover", subject=EXPORTER, recipient=SH_OUTSIDER, reason="order 3")
    await trade.act(SH_AUTHORITY, "recover", subject=SH_OUTSIDER, recipient=EXPORTER, reason="order 4")
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(BANK, "refuse", reason="not ours")
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    await trade.act(BANK, "enforce", reason="default")
    await trade.act(BANK, "surrenderForAmendment", reason="another port")
    await trade.reject(CARRIER)
    await trade.act(BANK, "surrenderForAmendment", reasonCode="SWTP", reason="on paper")
    await trade.act(CARRIER, "accept", reason="bill 4711")
    await lives(trade)
    assert trade.seen == {function for function, names in SUBMITTED.items() if names}


async def lives(trade: Trade) -> None:
    """Two more titles, for the acts that end one."""
    await trade.lodge(changed(example_document(), transportDocumentReference="SECOND"), "b2" * 16)
    facts = json.loads((await trade.lodgement("b2" * 16)).to_json())
    body = {"titleId": "b2" * 16, "lodgement": facts, "issueTo": EXPORTER, "fromPaper": True}
    await trade.submit(CARRIER, "ebl:issue", body, {"reason": b"bill 4710", "salt": SALT})
    await trade.act(EXPORTER, "surrenderForAmendment", "b2" * 16)
    await trade.act(CARRIER, "accept", "b2" * 16)
    await trade.act(CARRIER, "void", "b2" * 16, reason="sunk")
    await trade.lodge(changed(example_document(), transportDocumentReference="THIRD"), "b3" * 16)
    await trade.issue(EXPORTER, "b3" * 16, "b3" * 16)
    await trade.act(EXPORTER, "surrender", "b3" * 16)
    await trade.act(CARRIER, "accept", "b3" * 16)
    await trade.act(CARRIER, "accomplish", "b3" * 16, reason="DO 1")


async def test_the_watcher_would_see_a_peer_too_many() -> None:
    trade = Watched(Trade())
    for msp_id in trade.msp_ids:
        await trade.submit(admin_identity(msp_id), "organisation:register")
    key = {"referenceKey": sha256(b"x").digest()}
    with pytest.raises(AssertionError, match="organisation:prepare"):
        await trade.submit(admin_identity("ShanghaiMSP"), "organisation:prepare", transient=key)
