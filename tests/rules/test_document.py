"""Which documents are taken, and who may hand on or read one."""

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.support.titles import BANK, CARRIER, EXPORTER, HK, STRANGER, UNLICENSED, lodgement, title
from tests.support.trade import EXPORTER as EXPORTER_ID
from tests.support.trade import PARTIES, SALT, changed, example_document
from tradelane.model.canonical import canonicalize, commitment
from tradelane.model.dcsa import read_document
from tradelane.model.document import Lodgement
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.rules import document as rules
from tradelane.rules.refusal import Code, Refused

EXAMINED = read_document(canonicalize(example_document()))
STORED = SALT + EXAMINED.canonical
COMMITMENT = hashlib.sha256(STORED).hexdigest()
LEI = PARTIES[EXPORTER_ID]["lei"]
OF_DOCUMENT = title(commitment=COMMITMENT)


def code_of(act: Callable[[], object]) -> Code:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def test_examined_document_or_all_its_violations() -> None:
    assert rules.examine(json.dumps(example_document()).encode()) == EXAMINED
    broken = changed(example_document(), isToOrder=False, carrierCode="TOO LONG")
    with pytest.raises(Refused) as refused:
        rules.examine(json.dumps(broken).encode())
    assert refused.value.code is Code.INVALID_DOCUMENT
    assert list(refused.value.details) == ["$.carrierCode"]


def test_lodgement_says_what_the_document_says() -> None:
    assert rules.named_leis(EXAMINED.document) == (LEI,)
    facts = rules.lodge("d" * 32, CARRIER, EXAMINED, SALT, {LEI: EXPORTER_ID})
    assert facts == lodgement(commitment=COMMITMENT, endorsee=EXPORTER_ID)


def test_lodging_without_a_role_with_effect() -> None:
    assert code_of(lambda: rules.lodge("d" * 32, UNLICENSED, EXAMINED, SALT, {LEI: None})) is Code.NOT_LICENSED


def test_document_that_names_nobody_known_here() -> None:
    assert code_of(lambda: rules.lodge("d" * 32, CARRIER, EXAMINED, SALT, {LEI: None})) is Code.UNKNOWN_PARTY
    nameless = example_document()
    nameless["documentParties"]["endorsee"]["identifyingCodes"] = [{"codeListProvider": "WAVE", "partyCode": "1"}]
    document = read_document(canonicalize(nameless)).document
    assert code_of(lambda: rules.named_leis(document)) is Code.UNKNOWN_PARTY


def test_blank_document_names_nobody() -> None:
    blank = read_document(canonicalize(example_document("blank-endorsed")))
    assert rules.named_leis(blank.document) == ()
    facts = rules.lodge("d" * 32, CARRIER, blank, SALT, {})
    assert facts.endorsee is None
    assert facts.consignee is None


def test_reference_fingerprints_depend_on_key_owner_and_reference() -> None:
    prints = {
        rules.reference_fingerprint(key, owner, reference)
        for key in (b"a" * 32, b"b" * 32)
        for owner in ("carrier", "carrie")
        for reference in ("REF1", "rREF1")
    }
    assert len(prints) == 8


@pytest.mark.parametrize(
    ("id_taken", "reference_taken", "code"),
    [
        (True, True, Code.DOCUMENT_EXISTS),
        (True, False, Code.DOCUMENT_EXISTS),
        (False, True, Code.DUPLICATE_REFERENCE),
    ],
)
def test_ids_and_references_are_used_once(id_taken: bool, reference_taken: bool, code: Code) -> None:
    rules.require_new("d" * 32, id_taken=False, reference_taken=False)
    with pytest.raises(Refused) as refused:
        rules.require_new("d" * 32, id_taken=id_taken, reference_taken=reference_taken)
    assert refused.value.code is code


def test_not_prepared() -> None:
    assert rules.require_prepared(HK, b"key") == b"key"
    with pytest.raises(Refused) as refused:
        rules.require_prepared(HK, None)
    assert refused.value.code is Code.NOT_PREPARED
    assert "tradelane --as admin@ORG organisation prepare" in refused.value.message


def test_share() -> None:
    rules.share(OF_DOCUMENT, CARRIER, BANK, STORED)


@pytest.mark.parametrize(
    ("actor", "recipient", "stored", "code"),
    [
        (STRANGER, BANK, STORED, Code.NOT_A_PARTY),
        (CARRIER, UNLICENSED, STORED, Code.RECIPIENT_NOT_LICENSED),
        (CARRIER, BANK, STORED + b" ", Code.COMMITMENT_MISMATCH),
        (CARRIER, BANK, bytes(32) + EXAMINED.canonical, Code.COMMITMENT_MISMATCH),
    ],
)
def test_share_refused(actor: PartyRecord, recipient: PartyRecord, stored: bytes, code: Code) -> None:
    assert code_of(lambda: rules.share(OF_DOCUMENT, actor, recipient, stored)) is code


def test_another_document_of_the_same_id_is_not_overwritten() -> None:
    rules.require_same(HK, "d" * 32, STORED, None)
    rules.require_same(HK, "d" * 32, STORED, STORED)
    assert code_of(lambda: rules.require_same(HK, "d" * 32, STORED, b"another")) is Code.DOCUMENT_EXISTS


def test_unknown_document() -> None:
    assert rules.known_document(STORED, HK, "d" * 32) is STORED
    assert code_of(lambda: rules.known_document(None, HK, "d" * 32)) is Code.UNKNOWN_DOCUMENT


OWN = lodgement(commitment=COMMITMENT)


@pytest.mark.parametrize(
    ("reader", "facts", "titles", "shared"),
    [
        (CARRIER, OWN, (), False),
        (EXPORTER, None, (OF_DOCUMENT,), False),
        (STRANGER, None, (), True),
    ],
)
def test_readable(reader: PartyRecord, facts: Lodgement | None, titles: tuple[TitleRecord, ...], shared: bool) -> None:
    rules.require_readable(reader, STORED, facts, titles, shared=shared)


@pytest.mark.parametrize(
    ("reader", "facts", "titles"),
    [
        (STRANGER, OWN, (OF_DOCUMENT,)),
        (EXPORTER, OWN, ()),
        (EXPORTER, OWN, (title(commitment=commitment(SALT, b"another")),)),
    ],
)
def test_not_readable(reader: PartyRecord, facts: Lodgement | None, titles: tuple[TitleRecord, ...]) -> None:
    assert code_of(lambda: rules.require_readable(reader, STORED, facts, titles, shared=False)) is Code.NOT_A_PARTY


def test_facts_are_for_the_owner_and_the_parties_of_the_title() -> None:
    rules.require_lodgement_readable(CARRIER, OWN, ())
    rules.require_lodgement_readable(EXPORTER, OWN, (OF_DOCUMENT,))
    assert code_of(lambda: rules.require_lodgement_readable(EXPORTER, OWN, (title(),))) is Code.NOT_OWNER
    assert code_of(lambda: rules.require_lodgement_readable(STRANGER, OWN, (OF_DOCUMENT,))) is Code.NOT_OWNER
