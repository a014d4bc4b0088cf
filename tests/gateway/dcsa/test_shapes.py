"""JSON of each DCSA shape that we read, generated from DCSA's own schemas: taken whole, or refused with place and rule.

Taken means with the checksum that an independent RFC 8785 gives. Whole documents are generated, not examples with a
field exchanged (those are in tests/model/dcsa/test_shapes.py). Needs TRADELANE_DCSA_DIR.
"""

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import jcs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.dcsa.test_shapes import PLACE, drawn, judged
from tests.support.dcsa import needs_dcsa, specification
from tests.support.trade import example_document
from tradelane.gateway.dcsa import checksums, surrender
from tradelane.gateway.dcsa.issuance import IssuanceManifest
from tradelane.gateway.dcsa.messages import ChainLink, DocumentMetadata, Malformed, Message, read
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.envelope import Rejected, open_envelope
from tradelane.gateway.pint.messages import ChainEntry, EnvelopeManifest
from tradelane.gateway.trade.issuance import read_issuance
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import DocumentError, read_document

pytestmark = [needs_dcsa, pytest.mark.xdist_group("shapes")]  # the last test counts what the others took
HEAVY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
"""Of whole documents, which are slow to draw."""
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

T = TypeVar("T")
Read = Callable[[bytes], Message]


def of(kind: type[Message]) -> Read:
    return lambda content: read(kind, parse_json(content))


MESSAGES: dict[str, tuple[str, str, Read]] = {
    "surrender request": ("SUR", "SurrenderRequestDetails", surrender.read_request),
    "surrender answer": ("SUR", "SurrenderRequestAnswer", surrender.read_answer),
    "endorsement chain link": ("END", "EndorsementChainLink", of(ChainLink)),
    "issuance manifest": ("ISS", "IssuanceManifest", of(IssuanceManifest)),
    "envelope manifest": ("PINT", "EnvelopeManifest", of(EnvelopeManifest)),
    "chain entry": ("PINT", "EnvelopeTransferChainEntry", of(ChainEntry)),
    "document metadata": ("PINT", "DocumentMetadata", of(DocumentMetadata)),
}
taken: Counter[str] = Counter()


def generated(module: str, schema: str) -> st.SearchStrategy[Any]:
    return drawn({"$ref": f"#/{schema}"}, specification(module)["components"]["schemas"])


def outcome(reading: Callable[[], T]) -> tuple[T | None, str]:
    """Return what was read, or what was said instead."""
    try:
        return reading(), ""
    except (Malformed, Rejected) as refused:
        return None, str(refused)


def independent(value: Any) -> str:
    return hashlib.sha256(jcs.canonicalize(value)).hexdigest()


@pytest.mark.parametrize("name", MESSAGES)
@SLOW
@given(data=st.data())
def test_a_message_is_taken_whole_or_refused_with_its_place(name: str, data: st.DataObject) -> None:
    module, schema, reading = MESSAGES[name]
    value = data.draw(generated(module, schema))
    content = json.dumps(value).encode()
    try:
        parse_json(content)
    except JsonError:  # beyond the numbers that everybody reads alike, for which tests/model/test_canonical.py is there
        return
    message, said = outcome(lambda: reading(content))
    if message is None:
        assert ": " in said, "neither a place nor a rule"
        return
    taken[name] += 1
    assert checksums.of_json(value) == independent(value)
    assert checksums.of_json(message.value()) == independent(message.value())
    assert json.loads(canonicalize(message.value())) == json.loads(canonicalize(value))


@HEAVY
@given(data=st.data())
def test_a_whole_document_is_taken_or_refused_with_place_and_rule(data: st.DataObject) -> None:
    taken["documents"] += judged(json.dumps(data.draw(generated("ISS", "TransportDocument"))))


@SLOW
@given(data=st.data())
def test_a_generated_document_is_taken_once_what_breaks_a_rule_is_mended(data: st.DataObject) -> None:
    """Everything generated that fits stays; what we refuse is put back to an example's, field by field."""
    document, example = data.draw(generated("ISS", "TransportDocument")), example_document()
    for _ in range(2 * len(example)):
        try:
            examined = read_document(json.dumps(document).encode())
        except DocumentError as error:
            document = _mended(document, example, [violation.path for violation in error.violations])
        else:
            break
    else:
        raise AssertionError("it was never mended")
    assert hashlib.sha256(examined.canonical).hexdigest() == independent(document)
    kept = [name for name in document if document[name] != example.get(name)]
    taken["mended documents"] += len(kept) > 1


def _mended(document: dict[str, Any], example: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    mended = copy.deepcopy(document)
    names = {path.removeprefix("$.").split(".")[0].split("[")[0] for path in paths}
    for name in names if names != {"$"} else set(document) | set(example):
        if name in example:
            mended[name] = example[name]
        else:
            mended.pop(name, None)
    return mended if mended != document else copy.deepcopy(example)


@HEAVY
@given(data=st.data())
def test_an_issuance_request_is_taken_or_refused_with_place_and_rule(data: st.DataObject) -> None:
    request = data.draw(generated("ISS", "IssuanceRequest"))
    if data.draw(st.booleans()):
        request["document"] = example_document()
    details: Mapping[str, str] = {}
    try:
        issuance, said = read_issuance(json.dumps(request).encode()), ""
    except InputError as error:
        issuance, said, details = None, str(error), error.details
    if issuance is None:
        assert details or ": " in said
        assert all(PLACE.match(place) and rule for place, rule in details.items())
        return
    taken["issuance requests"] += 1
    assert hashlib.sha256(issuance.examined.canonical).hexdigest() == independent(request["document"])


@HEAVY
@given(data=st.data())
def test_an_envelope_nobody_signed_is_refused_with_a_reason(data: st.DataObject) -> None:
    envelope = data.draw(generated("PINT", "EblEnvelope"))
    opened, said = outcome(lambda: open_envelope(json.dumps(envelope).encode(), TrustedKeys({}), TrustedKeys({})))
    assert opened is None, "an envelope without signatures was taken"
    assert said


def test_some_of_each_shape_were_taken() -> None:
    """The tests above ran before in this file; of a shape that is never taken they would show nothing."""
    print(dict(taken))
    if taken:  # nothing where this test is run alone
        assert {*MESSAGES, "mended documents"} <= set(taken)
