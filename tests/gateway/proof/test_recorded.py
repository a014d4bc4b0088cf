"""Proofs recorded on a real network (see `record`): what Fabric and its CA wrote, not what we think they write."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.proof.test_container import blobs, code_of, exchanged
from tests.support.sealed import verified
from tradelane.gateway import proof
from tradelane.gateway.errors import ProofError
from tradelane.gateway.proof import container
from tradelane.gateway.proof.container import Evidence, write

RECORDED = Path(__file__).parent / "recorded"
FILES = {path.stem: path.read_bytes() for path in sorted(RECORDED.glob("*.proof"))}
EVIDENCE: dict[str, Evidence] = {name: container.read(data) for name, data in FILES.items()}
BLOBS = {name: dict(blobs(evidence)) for name, evidence in EVIDENCE.items()}
ACTS = ["ISSUE", "TRANSFER", "REFUSE", "PLEDGE", "RELEASE", "SIGN"]


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_proof_holds(name: str) -> None:
    found = verified(RECORDED / f"{name}.proof")
    assert [each["actionCode"] for each in found["versions"]] == ACTS
    assert found["title"]["possessor"]["partyId"] == "wusong-textiles"
    assert [len(each["endorsers"]) for each in found["versions"]] == [2] * len(ACTS)
    assert found["notes"] == []


def test_what_the_recorded_ones_open_and_rule_out() -> None:
    opened, late, loose = (proof.verify(FILES[name]) for name in ("opened", "late", "loose"))
    assert [type(each.disclosure).__name__ for each in opened.opened] == [
        "DocumentDisclosure",
        "RemarkDisclosure",
        "NameDisclosure",
    ]
    assert opened.no_pledge is not None
    assert (opened.no_pledge.version.record.sequence, opened.no_pledge.earlier) == (5, (4,))
    assert opened.no_pledge.closed_by is not None
    assert late.no_pledge is not None
    assert late.no_pledge.closed_by is None
    assert (loose.ordered, late.ordered, opened.ordered) == (False, True, True)


@given(st.data())
def test_no_byte_of_a_recorded_proof_can_change(data: st.DataObject) -> None:
    spoilt = bytearray(FILES[data.draw(st.sampled_from(sorted(FILES)))])
    spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= data.draw(st.integers(1, 255))
    assert code_of(bytes(spoilt)).startswith("PROOF_")


@settings(max_examples=40)
@given(st.data())
def test_a_changed_byte_under_the_right_digest_meets_another_check(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    where = data.draw(st.sampled_from(sorted(BLOBS[name])))
    content = bytearray(BLOBS[name][where])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert not code_of(exchanged(EVIDENCE[name], where, bytes(content))).startswith("PROOF_")


def changed(name: str, **changes: Any) -> str:
    with pytest.raises(ProofError) as error:
        proof.verify(write(EVIDENCE[name].model_copy(update=changes)))
    return error.value.code


def test_recorded_proofs_of_one_title_do_not_mix() -> None:
    late, loose = EVIDENCE["late"], EVIDENCE["loose"]
    assert changed("late", versions=late.versions[:-1]) == "ATTESTATION_DIFFERS"
    assert changed("late", versions=late.versions[1:]) == "VERSION_GAP"
    assert changed("late", no_pledge_at=late.versions[3].block) == "PLEDGED"
    assert changed("late", no_pledge_at=late.blocks[-1].number + 1) == "BLOCK_MISSING"
    assert changed("late", no_pledge_at=None) == "NOT_NEEDED"
    assert changed("late", transactions=loose.transactions) == "NOT_NEEDED"
    assert changed("loose", reading=None) == "NOT_CLOSED"
    assert changed("loose", title_id="0" * 32) == "TITLE_NOT_WRITTEN"
