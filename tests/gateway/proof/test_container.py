"""The proof file has one form: whatever else is refused, and no byte of it can change unnoticed."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.proof.life import Life
from tradelane.gateway import proof
from tradelane.gateway.errors import ProofError
from tradelane.gateway.proof import container
from tradelane.gateway.proof.container import CarriedBlock, Evidence, write

LIFE = Life.lived()
EVIDENCE = LIFE.evidence()
FILE = write(EVIDENCE)


def code_of(data: bytes) -> str:
    with pytest.raises(ProofError) as error:
        proof.verify(data)
    return error.value.code


def test_what_was_written_is_read() -> None:
    assert container.read(FILE) == EVIDENCE


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_byte_can_change(place: int, mask: int) -> None:
    spoilt = bytearray(FILE)
    spoilt[place] ^= mask
    assert code_of(bytes(spoilt)) in {"PROOF_UNREADABLE", "PROOF_NOT_CANONICAL", "PROOF_DIGEST_DIFFERS"}


@given(st.integers(0, len(FILE)), st.integers(0, 40), st.binary(max_size=8))
def test_nothing_can_be_taken_out_or_put_in(place: int, removed: int, put: bytes) -> None:
    spoilt = FILE[:place] + put + FILE[place + removed :]
    if spoilt != FILE:
        assert code_of(spoilt) in {"PROOF_UNREADABLE", "PROOF_NOT_CANONICAL", "PROOF_DIGEST_DIFFERS"}


def blobs(evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    """Everything a proof carries as bytes, with where it is."""
    for index, block in enumerate(evidence.blocks):
        for place, envelope in enumerate(block.envelopes):
            yield f"blocks {index} envelopes {place}", envelope
        yield from _signed(f"blocks {index}", block)
    yield from _signed("second", evidence.second)
    if evidence.reading is not None:
        yield "reading", evidence.reading


def _signed(where: str, block: CarriedBlock | container.CarriedHeader) -> Iterator[tuple[str, bytes]]:
    if block.signed_value:
        yield f"{where} signedValue", block.signed_value
    for index, each in enumerate(block.signatures):
        yield f"{where} signatures {index} header", each.header
        yield f"{where} signatures {index} signature", each.signature


BLOBS = dict(blobs(EVIDENCE))


def exchanged(evidence: Evidence, where: str, content: bytes) -> bytes:
    """The proof with other bytes in one place, and with the digest that goes with them."""
    found: Any = json.loads(evidence.to_json())
    *way, last = [int(each) if each.isdigit() else each for each in where.split()]
    inner = found
    for each in way:
        inner = inner[each]
    inner[last] = base64.b64encode(content).decode()
    return write(Evidence.from_json(json.dumps(found)))


@given(st.data())
def test_a_changed_byte_under_the_right_digest_meets_another_check(data: st.DataObject) -> None:
    where = data.draw(st.sampled_from(sorted(BLOBS)))
    content = bytearray(BLOBS[where])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    code = code_of(exchanged(EVIDENCE, where, bytes(content)))
    assert not code.startswith("PROOF_")


@given(st.sampled_from(sorted(BLOBS)), st.integers(0, 10_000))
def test_cut_short_under_the_right_digest_meets_another_check(where: str, kept: int) -> None:
    content = BLOBS[where][: kept % len(BLOBS[where])]
    assert not code_of(exchanged(EVIDENCE, where, content)).startswith("PROOF_")


def rewritten(change: Any) -> bytes:
    found = json.loads(FILE)
    change(found)
    return json.dumps(found, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b'{"content":' + b"1" * 5000 + b"}",
        FILE[:-1].rstrip(b"}"),
        b"PK\x03\x04 another archive",
        rewritten(lambda found: found.update(version=2)),
        rewritten(lambda found: found.update(format="other")),
        rewritten(lambda found: found.update(extra=1)),
        rewritten(lambda found: found.pop("digest")),
        rewritten(lambda found: found["content"].update(versions=[])),
        rewritten(lambda found: found["content"].update(noPledgeAt=1.5)),
        rewritten(lambda found: found["content"].update(noPledgeAt=-1)),
        rewritten(lambda found: found["content"].update(noPledgeAt=2**60)),
        rewritten(lambda found: found["content"].update(titleId="A" * 32)),
        rewritten(lambda found: found["content"].update(reading="not base64!")),
        rewritten(lambda found: found["content"].update(reading="AB==")),  # bits to spare
        rewritten(lambda found: found["content"].update(disclosures=[{"kind": "SECRET"}])),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_proof(data: bytes) -> None:
    assert code_of(data) == "PROOF_UNREADABLE"


@pytest.mark.parametrize(
    "data",
    [
        FILE[:-1],
        FILE + b"\n",
        b" " + FILE,
        json.dumps(json.loads(FILE), indent=1).encode(),
        FILE.replace(b'"version":1', b'"version":1,"version":1'),
        FILE.replace(b'"chaincode":"tradelane"', b'"chaincode":"\\u0074radelane"'),
        FILE.replace(b'"transactions":[],', b""),
    ],
    ids=["no line end", "two", "a space", "indented", "a name twice", "escaped", "a default left out"],
)
def test_the_same_in_other_bytes(data: bytes) -> None:
    assert data != FILE
    assert code_of(data) == "PROOF_NOT_CANONICAL"


def test_a_wrong_digest() -> None:
    assert code_of(rewritten(lambda found: found.update(digest="00" * 32))) == "PROOF_DIGEST_DIFFERS"


def test_a_file_too_large_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_PROOF_BYTES", len(FILE) - 1)
    assert code_of(FILE) == "PROOF_TOO_LARGE"
