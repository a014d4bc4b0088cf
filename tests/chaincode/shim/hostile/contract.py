"""Calls of TradeLane's functions by anybody with anything: each is answered or refused with a code, and none fails."""

import asyncio
import json
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.chaincode.shim.hostile.documents import JSON
from tests.support.identities import admin_identity, make_identity, party_identity
from tests.support.memory_stub import MemoryStub
from tests.support.trade import BANK, CARRIER, DOCUMENT, EXPORTER, HK, IMPORTER, SALT, SH, TITLE, Trade
from tradelane.chaincode.contract.metadata import FUNCTION
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.rules.refusal import Code

_FUNCTIONS = sorted(Trade().chaincode._functions)  # type: ignore[attr-defined]
_WHO: tuple[str | ClientIdentity, ...] = (
    CARRIER,
    EXPORTER,
    BANK,
    IMPORTER,
    admin_identity(HK),
    admin_identity(SH),
    make_identity(HK),
    make_identity("StrangerMSP", attributes={"tradelane.party": CARRIER, "tradelane.role": "signer"}),
    party_identity(SH, BANK),
)
_WORDS = st.one_of(
    st.sampled_from([TITLE, DOCUMENT, BANK, CARRIER, EXPORTER, "529900T8BM49AURSDO55", "ENDORSE", "BANK", HK, SH]),
    st.text(max_size=40),
)
_NAMES = st.sampled_from(
    ["titleId", "documentId", "partyId", "recipient", "issueTo", "lei", "roles", "role", "actionCode", "lodgement",
     "pageSize", "bookmark", "possessor", "status", "filter"]
)  # fmt: skip
_ANY = st.recursive(
    st.one_of(_WORDS, st.integers(), st.none(), st.booleans(), st.floats()),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(_NAMES, some, max_size=3),
    max_leaves=6,
)
_BODIES = st.one_of(
    st.dictionaries(_NAMES, _WORDS, max_size=4).map(lambda body: json.dumps(body).encode()),
    st.dictionaries(_NAMES, _ANY, max_size=4).map(lambda body: json.dumps(body).encode()),
    st.sampled_from([{"titleId": TITLE}, {"documentId": DOCUMENT}, {"partyId": BANK}, {}]).map(
        lambda body: json.dumps(body).encode()
    ),
    JSON,
)
_TRANSIENT = st.dictionaries(
    st.sampled_from(["document", "salt", "name", "reason", "referenceKey", ""]),
    st.one_of(st.just(SALT), st.binary(max_size=40), JSON, st.text(max_size=80).map(lambda text: text.encode())),
    max_size=3,
)
_ARGS = st.one_of(
    st.tuples(st.sampled_from(_FUNCTIONS).map(str.encode), _BODIES),
    st.tuples(st.sampled_from(_FUNCTIONS).map(str.encode), st.binary(max_size=100)),
    st.lists(st.one_of(st.binary(max_size=50), st.just(FUNCTION.encode())), max_size=3),
).map(list)
CALLS = st.tuples(st.integers(0, len(_WHO) - 1), _ARGS, _TRANSIENT)
"""Who calls, by number, with which arguments and transient values."""


@cache
def _issued() -> Trade:
    async def issue() -> Trade:
        trade = Trade()
        await trade.open()
        await trade.lodge()
        await trade.issue()
        await trade.share(CARRIER, EXPORTER)
        return trade

    return asyncio.run(issue())


def check(call: tuple[int, list[bytes], dict[str, bytes]]) -> None:
    """Call on a peer, which writes nothing."""
    number, args, transient = call
    who = _WHO[number]
    trade = _issued()
    identity = trade.signer(who) if isinstance(who, str) else who
    response = asyncio.run(_ask(trade, identity, args, transient))
    if response.status != 200:
        refusal = json.loads(response.message)
        assert 400 <= response.status <= 422
        assert refusal["code"] in set(Code)
        assert refusal["message"]
        assert len(response.message) < 10_000


async def _ask(trade: Trade, identity: ClientIdentity, args: list[bytes], transient: dict[str, bytes]) -> Any:
    ledger = trade.ledger
    proposal = replace(ledger.propose(identity, "", (), transient), args=tuple(args))
    msp_id = identity.msp_id if identity.msp_id in ledger.msp_ids else HK
    return await trade.chaincode.invoke(MemoryStub(proposal, ledger.state, ledger.collections, msp_id))
