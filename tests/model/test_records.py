"""Records are frozen, strict and always written as the same bytes."""

import copy
import importlib
import json
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.support.titles import ended, title
from tradelane.model.base import Record, canonical_json
from tradelane.model.events import FACTS, OrganisationFact
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import EndorseRequest, ListRequest

PARTY = PartyRecord(party_id="bank", msp_id="HongKongMSP", lei="529900T8BM49AURSDO55", roles=(PartyRole.BANK,))


def test_names_are_in_camel_case_and_sorted() -> None:
    assert PARTY.to_json() == (
        b'{"lei":"529900T8BM49AURSDO55","licensedRoles":[],"members":[],"mspId":"HongKongMSP","partyId":"bank",'
        b'"roles":["BANK"]}'
    )


def _changed(record: TitleRecord) -> TitleRecord:
    return record.model_copy(update={"sequence": 9})


@pytest.mark.parametrize(
    "again",
    [
        _changed,
        lambda record: _changed(copy.copy(record)),
        lambda record: _changed(copy.deepcopy(record)),
        lambda record: _changed(pickle.loads(pickle.dumps(record))),  # noqa: S301 - our own
        lambda record: _changed(TitleRecord.from_ledger(record.to_json())),
    ],
)
def test_no_copy_is_written_as_what_it_was_copied_from(again: Callable[[TitleRecord], TitleRecord]) -> None:
    before = title()
    before.to_json()
    assert json.loads(again(before).to_json())["sequence"] == 9
    assert json.loads(before.to_json())["sequence"] == 1


def test_what_is_remembered_makes_no_record_another_one() -> None:
    written, new = title(), title()
    written.to_json()
    assert (written, hash(written), repr(written)) == (new, hash(new), repr(new))
    assert written.model_dump() == new.model_dump()


def test_a_record_of_the_ledger_is_the_bytes_that_are_there() -> None:
    """Also where a field has a default by now: the next version names this one by the digest of what is stored."""
    values = json.loads(title().to_json())
    del values["replaces"]
    stored = canonical_json(values)
    read = TitleRecord.from_ledger(stored)
    assert (read, read.to_json(), read.digest) == (title(), stored, sha256(stored).hexdigest())
    with pytest.raises(ValidationError):
        TitleRecord.from_ledger(b"{}")


@pytest.mark.parametrize("record", [title(), ended()])
def test_what_is_written_reads_back(record: TitleRecord) -> None:
    assert TitleRecord.from_json(record.to_json()) == record
    assert TitleRecord.from_json(record.to_json()).to_json() == record.to_json()


def test_a_title_of_an_earlier_release_is_written_back_as_the_same_bytes() -> None:
    """The next version names it by the digest of what is on the ledger: an added field has to be absent there."""
    stored = (
        b'{"commitment":"%s","documentId":"%s","endorsee":{"mspId":"ShanghaiMSP","partyId":"exporter"},'
        b'"endorseeMayEndorse":true,"endorsement":{"count":0,"others":[],"required":["HongKongMSP","ShanghaiMSP"]},'
        b'"firstPossessor":{"mspId":"ShanghaiMSP","partyId":"exporter"},"governingLaw":"UK_ETDA","incoming":[],'
        b'"isToOrder":true,"issuer":{"mspId":"ShanghaiMSP","partyId":"carrier"},"lastAction":{"actionCode":"ISSUE",'
        b'"actionDateTime":"2026-03-01T12:00:00.000Z","actor":{"mspId":"ShanghaiMSP","partyId":"carrier"},'
        b'"recipient":{"mspId":"ShanghaiMSP","partyId":"exporter"}},"parties":["carrier","exporter"],'
        b'"possessor":{"mspId":"ShanghaiMSP","partyId":"exporter"},"replacedBy":[],"replaces":[],"sequence":1,'
        b'"status":"ISSUED","titleId":"%s","transportDocumentTypeCode":"BOL"}'
    ) % (b"c" * 64, b"d" * 32, b"a" * 32)
    assert TitleRecord.from_json(stored).to_json() == stored == title().to_json()
    assert title().digest == sha256(stored).hexdigest()


def records(of: type[Record] = Record) -> Iterator[type[Record]]:
    for each in of.__subclasses__():
        yield each
        yield from records(each)


def kinds(schema: object) -> Iterator[object]:
    """The JSON types that a schema lets in."""
    if isinstance(schema, list):
        for each in schema:
            yield from kinds(each)
    elif isinstance(schema, dict):
        named = {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"} & schema.keys()
        yield schema.get("type") if named else "number"  # anything goes
        for each in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"):
            if isinstance(schema.get(each), dict | list):
                yield from kinds(schema[each])
        for each in ("properties", "$defs"):
            yield from kinds(list(schema.get(each, {}).values()))


@pytest.mark.parametrize("kind", [float, Any, list[float], dict[str, float], tuple[int, float], int | float, object])
def test_a_field_for_a_float_is_found(kind: Any) -> None:
    assert "number" in set(kinds(TypeAdapter(kind).json_schema()))


def test_no_record_has_a_field_for_a_float() -> None:
    for name in ("tradelane.model", "tradelane.chaincode.contract", "tradelane.gateway"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
    found = set(records())
    assert len(found) > 70
    for record in found:
        assert "number" not in set(kinds(record.model_json_schema())), record


def test_records_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PARTY.party_id = "other"  # type: ignore[misc]


@pytest.mark.parametrize("change", [{"more": 1}, {"roles": ["KING"]}, {"roles": "BANK"}, {"partyId": 7}, {"lei": 5}])
def test_whatever_does_not_fit_is_refused(change: dict[str, object]) -> None:
    content = {**json.loads(PARTY.to_json()), **change}
    with pytest.raises(ValidationError):
        PartyRecord.from_json(json.dumps(content))


def test_an_endorsement_is_one_of_four_acts() -> None:
    body = {"titleId": "a" * 32, "actionCode": "ENDORSE"}
    assert EndorseRequest.from_json(json.dumps(body)).action_code is Action.ENDORSE
    for action in set(Action) - {
        Action.ENDORSE,
        Action.ENDORSE_TO_ORDER,
        Action.ENDORSE_AND_TRANSFER,
        Action.BLANK_ENDORSE,
    }:
        with pytest.raises(ValidationError):
            EndorseRequest.from_json(json.dumps({**body, "actionCode": action}))


@pytest.mark.parametrize("request_", [{"pageSize": 0}, {"pageSize": 1001}, {"bookmark": "x"}, {"bookmark": "\x00"}])
def test_pages_are_bounded(request_: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ListRequest.from_json(json.dumps(request_))


def test_facts_read_back_by_type() -> None:
    content = b'[{"mspId":"HongKongMSP","type":"organisation"}]'
    assert FACTS.validate_json(content) == (OrganisationFact(msp_id="HongKongMSP"),)
