"""Which documents are taken, and who may hand on or read one."""

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.support.titles import BANK, CARRIER, EXPORTER, HK, RIVAL, SH, STRANGER, UNLICENSED, lodgement, title
from tests.support.trade import EXPORTER as EXPORTER_ID
from tests.support.trade import PARTIES, SALT, changed, example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import read_document
from tradelane.model.document import Lodgement
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.rules import document as rules
from tradelane.rules.ebl.quantities import quantities_digest
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
    quantities = quantities_digest(EXAMINED.document, SALT)
    assert facts == lodgement(commitment=COMMITMENT, endorsee=EXPORTER_ID, quantities=quantities)


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


def test_unknown_document() -> None:
    assert rules.known_document(STORED, HK, "d" * 32) is STORED
    assert code_of(lambda: rules.known_document(None, HK, "d" * 32)) is Code.UNKNOWN_DOCUMENT


OWN = lodgement(commitment=COMMITMENT)


ABROAD = title(title_id="b" * 32, issuer=RIVAL.ref, parties=(RIVAL.party_id, EXPORTER.party_id))
"""A title over another document of the same id, lodged in Hong Kong."""


@pytest.mark.parametrize(
    ("reader", "facts", "titles", "granted", "lodged_in"),
    [
        (CARRIER, OWN, (), (), SH),
        (CARRIER, OWN, (OF_DOCUMENT, ABROAD), (ABROAD.title_id,), SH),
        (EXPORTER, OWN, (OF_DOCUMENT,), (), SH),
        (EXPORTER, None, (ABROAD,), (), HK),
        (BANK, None, (OF_DOCUMENT, ABROAD), (OF_DOCUMENT.title_id,), SH),
        (BANK, None, (OF_DOCUMENT, ABROAD), (ABROAD.title_id,), HK),
    ],
)
def test_readable(
    reader: PartyRecord,
    facts: Lodgement | None,
    titles: tuple[TitleRecord, ...],
    granted: tuple[str, ...],
    lodged_in: str,
) -> None:
    assert rules.readable("d" * 32, reader, facts, titles, granted) == lodged_in


@pytest.mark.parametrize(
    ("reader", "facts", "titles", "code"),
    [
        (STRANGER, None, (), Code.UNKNOWN_DOCUMENT),
        (EXPORTER, OWN, (), Code.NOT_A_PARTY),
        (STRANGER, OWN, (OF_DOCUMENT,), Code.NOT_A_PARTY),
        (BANK, None, (OF_DOCUMENT, ABROAD), Code.NOT_A_PARTY),
        (EXPORTER, None, (OF_DOCUMENT, ABROAD), Code.SEVERAL_DOCUMENTS),
    ],
)
def test_not_readable(
    reader: PartyRecord, facts: Lodgement | None, titles: tuple[TitleRecord, ...], code: Code
) -> None:
    assert code_of(lambda: rules.readable("d" * 32, reader, facts, titles, ())) is code


def test_facts_are_for_the_owner_and_the_parties_of_the_title() -> None:
    rules.require_lodgement_readable(CARRIER, OWN, ())
    rules.require_lodgement_readable(EXPORTER, OWN, (OF_DOCUMENT,))
    assert code_of(lambda: rules.require_lodgement_readable(EXPORTER, OWN, (title(),))) is Code.NOT_OWNER
    assert code_of(lambda: rules.require_lodgement_readable(STRANGER, OWN, (OF_DOCUMENT,))) is Code.NOT_OWNER
