"""No secret reaches what the whole channel sees."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.identities import admin_identity
from tests.support.memory_ledger import MemoryLedger, NotEndorsed, Transaction
from tests.support.memory_state import PUBLIC
from tests.support.trade import BANK, CARRIER, DOCUMENT, EXPORTER, HK, PARTIES, SH, Trade, example_document, refused
from tradelane.chaincode.state import keys
from tradelane.rules.refusal import Code

SALT = bytes.fromhex("5a17" * 16)
REFERENCE_KEY = bytes.fromhex("4e1f" * 16)
REASON = "canary-reason-of-rejection"
MARKS = {"termsAndConditions": "canary-terms", "transportDocumentReference": "CANARYREFERENCE"}


class Recorder(Trade):
    """Keeps everything of a transaction that goes into a block, and what it sent beside."""

    def __init__(self) -> None:
        super().__init__(MemoryLedger())
        self.blocks: list[bytes] = []

    async def endorse(self, who: Any, function: str, request: Any = b"{}", *rest: Any, **more: Any) -> Transaction:
        transaction = await super().endorse(who, function, request, *rest, **more)
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        event = b"".join((transaction.event[0].encode(), transaction.event[1])) if transaction.event else b""
        self.blocks += [function.encode(), body, transaction.public_bytes, transaction.response.payload, event]
        return transaction

    def public(self) -> Iterator[bytes]:
        yield from self.blocks
        for (collection, key), slot in self.ledger.state.slots.items():
            yield collection.encode() + slot.value
            if collection == PUBLIC:  # the keys of private data stand in blocks as hashes only
                yield key.encode()
        for versions in self.ledger.state.history.values():
            yield from (version.value for version in versions)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


@pytest.fixture
async def recorder() -> Recorder:
    trade = Recorder()
    for msp_id in (HK, SH):
        await trade.submit(admin_identity(msp_id), "organisation:register")
        transient = {"referenceKey": REFERENCE_KEY}
        await trade.submit(admin_identity(msp_id), "organisation:prepare", transient=transient, endorsing=[msp_id])
    for party_id, row in PARTIES.items():
        request = {"partyId": party_id, "lei": row["lei"], "roles": row["roles"]}
        transient = {"name": row["name"].encode(), "salt": SALT}
        await trade.submit(admin_identity(trade.home(party_id)), "party:admit", request, transient)
    await trade.submit("hk-authority", "party:licence", {"partyId": BANK, "role": "BANK"})
    document = {**example_document(), **MARKS}
    await trade.lodge(document, salt=SALT)
    await trade.issue()
    await trade.share(CARRIER, EXPORTER, document=document, salt=SALT)
    await trade.act(EXPORTER, "endorse", actionCode="BLANK_ENDORSE")
    await trade.share(EXPORTER, BANK, document=document, salt=SALT)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(BANK, "surrender")
    await trade.reject(CARRIER, REASON)
    return trade


def canaries() -> list[bytes]:
    # Short strings (codes such as CN or KGM) stand in party ids by chance; what identifies is longer.
    words = {text for text in strings({**example_document(), **MARKS}) if len(text) >= 10}
    leis = {row["lei"] for row in PARTIES.values()}  # identifiers are public, as the LEI register is
    names = {row["name"] for row in PARTIES.values()}
    secrets = [SALT, SALT.hex().encode(), REFERENCE_KEY, REFERENCE_KEY.hex().encode()]
    return [text.encode() for text in sorted((words | names | {REASON}) - leis)] + secrets


async def test_no_secret_on_the_public_ledger(recorder: Recorder) -> None:
    everything = b"\n".join(recorder.public())
    assert DOCUMENT.encode() in everything
    assert [canary for canary in canaries() if canary in everything or canary.hex().encode() in everything] == []


async def test_the_search_would_find_a_secret(recorder: Recorder) -> None:
    recorder.blocks.append(json.dumps({"terms": MARKS["termsAndConditions"]}).encode())
    everything = b"\n".join(recorder.public())
    assert [canary for canary in canaries() if canary in everything] == [b"canary-terms"]


async def test_documents_and_names_are_where_they_belong(recorder: Recorder) -> None:
    private = recorder.ledger.state.private
    held = {
        msp_id: {collection for (collection, _), values in kept.items() for value in values if b"canary-terms" in value}
        for msp_id, kept in private.items()
    }
    assert held == {HK: {f"_implicit_org_{HK}"}, SH: {f"_implicit_org_{SH}"}}


async def test_private_hashes_are_the_commitment(recorder: Recorder) -> None:
    title = await recorder.show(EXPORTER)
    for msp_id in (HK, SH):
        slot = recorder.ledger.state.slots[keys.document(msp_id, DOCUMENT, SH)]
        assert slot.value.hex() == title.commitment


async def test_a_refusal_does_not_repeat_the_documents_content(recorder: Recorder) -> None:
    document = {**example_document(), **MARKS, "carrierCode": "canary-too-long", "isElectronic": "canary-no-boolean"}
    with pytest.raises(NotEndorsed) as error:
        await recorder.lodge(document, "ee" * 16)
    code, _, message, details = refused(error.value)
    assert code is Code.INVALID_DOCUMENT
    assert set(details) == {"$.carrierCode", "$.isElectronic"}
    assert "canary" not in message + json.dumps(details)


async def test_a_name_is_read_from_the_directory_only(recorder: Recorder) -> None:
    view = json.loads(await recorder.evaluate(EXPORTER, "party:show", {"partyId": BANK}))
    assert view["name"] == PARTIES[BANK]["name"]
