"""Proofs of a title on the real network: exported by whoever may see it, checked by a process that asks nobody."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import issuance_request
from tests.support.sealed import verified
from tests.support.told import Told
from tradelane.gateway import Refused, documents, ebl, ledger, proof
from tradelane.gateway.errors import InputError, NotFound
from tradelane.model.title import TitleRecord
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
SUCCESSOR, SHOWN, STRANGER = "pudong-trading", "kowloon-trading", "lantau-imports"
SH_AUTHORITY, HK_AUTHORITY = "sh-authority", "hk-authority"


class Life:
    """A title with a full life, and where each act stands."""

    def __init__(self, told: Told) -> None:
        self.told = told
        issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
        self.title_id = issued.result.title_id
        self.blocks = [issued.block_number]
        self.records: list[TitleRecord] = [issued.result]

    def act(self, party: str, call: Callable[..., Any], **arguments: Any) -> None:
        done = self.told.cast.as_party(party).run(call(self.title_id, **arguments))
        for other in (CARRIER, BANK):  # a peer of each jurisdiction, before somebody else acts there
            self.told.cast.as_party(other).outcome(done.transaction_id)
        self.blocks.append(done.block_number)
        self.records.append(done.result)

    def export(self, party: str, **options: Any) -> bytes:
        return self.told.cast.as_party(party).run(proof.export(self.title_id, **options))


@pytest.fixture(scope="module")
def life(told: Told) -> Life:
    found = Life(told)
    found.act(EXPORTER, ebl.transfer, to=BANK)
    found.act(BANK, ebl.refuse, reason="not our customer")
    found.act(EXPORTER, ebl.pledge, to=BANK)
    found.act(BANK, ebl.release)
    found.act(SH_AUTHORITY, ebl.freeze, order="order 1 of 3 March")
    found.act(SH_AUTHORITY, ebl.recover, subject=EXPORTER, to=SUCCESSOR, order="order 2 of 4 March")
    found.act(SH_AUTHORITY, ebl.unfreeze, order="order 3 of 5 March")
    told.cast.as_party(SUCCESSOR).run(documents.share(found.title_id, to=SHOWN))
    return found


@pytest.mark.parametrize("party", [CARRIER, EXPORTER, BANK, SUCCESSOR, SHOWN, SH_AUTHORITY, HK_AUTHORITY])
def test_whoever_may_see_a_title_proves_its_life_to_others(party: str, life: Life, tmp_path: Path) -> None:
    file = tmp_path / "title.proof"
    file.write_bytes(life.export(party))
    found = verified(file)
    assert [each["blockNumber"] for each in found["versions"]] == life.blocks
    assert found["title"] == life.records[-1].model_dump(mode="json", exclude_none=True)
    assert {each.split(" (")[1] for each in found["attestation"]["endorsers"]} == {
        "HongKongMSP.peer)",
        "ShanghaiMSP.peer)",
    }
    assert all(each["orderers"] for each in found["versions"])
    assert found["genesis"] == life.told.cast.as_party(BANK).run(ledger.block(0)).header.hash.hex()


def test_nobody_is_asked_who_does_not_want_to(life: Life) -> None:
    verdict = proof.verify(life.export(BANK, without_answer=True))
    assert verdict.attestation is None
    assert [each.record for each in verdict.versions] == life.records
    for more in ({"without_blocks": True}, {"no_pledge_at": life.blocks[-1]}):
        with pytest.raises(InputError) as error:
            life.export(BANK, without_answer=True, **more)
        assert error.value.code == "ANSWER_NEEDED"


def test_a_stranger_gets_no_proof(life: Life) -> None:
    with pytest.raises(Refused) as refused:
        life.export(STRANGER)
    assert refused.value.reason is Code.NOT_A_PARTY


def test_what_is_opened_is_what_was_lodged_said_and_entered(life: Life, tmp_path: Path) -> None:
    file = tmp_path / "title.proof"
    file.write_bytes(life.export(EXPORTER, disclose=["document", "remarks", f"name:{BANK}", f"name:{CARRIER}"]))
    kinds: dict[str, list[Any]] = {}
    for each in verified(file)["disclosed"]:
        kinds.setdefault(each["kind"], []).append(each)
    assert len(kinds["DOCUMENT"]) == 1
    assert [each["remark"]["text"] for each in kinds["REMARK"]] == [
        "not our customer",
        "order 1 of 3 March",
        "order 2 of 4 March",
        "order 3 of 5 March",
    ]
    assert [each["entry"]["name"] for each in kinds["NAME"]] == [
        "Victoria Harbour Trade Bank Limited",
        "Jianghai Line Container Shipping Co., Ltd.",
    ]


def test_nothing_is_opened_that_was_not_asked_for(life: Life) -> None:
    content = life.export(BANK, without_blocks=True)
    for secret in (b"not our customer", b"Victoria Harbour", b"order 1"):
        assert secret not in content
    verdict = proof.verify(content)
    assert (verdict.opened, verdict.ordered) == ((), False)


def test_no_pledge_before_and_after_one(life: Life) -> None:
    pledged, released = life.blocks[3], life.blocks[4]
    for number, sequence, earlier in ((pledged - 1, 3, ()), (released, 5, (4,))):
        found = proof.verify(life.export(BANK, no_pledge_at=number)).no_pledge
        assert found is not None
        assert (found.version.record.sequence, found.earlier) == (sequence, earlier)
        assert found.closed_by is not None
    with pytest.raises(InputError, match=f"pledged to {BANK}") as error:
        life.export(BANK, no_pledge_at=pledged)
    assert error.value.code == "PLEDGED"
    with pytest.raises(InputError) as error:
        life.export(BANK, no_pledge_at=life.blocks[0] - 1)
    assert error.value.code == "NOT_YET_ISSUED"


def test_no_pledge_up_to_the_last_block_takes_the_blocks_in_between(life: Life) -> None:
    bank = life.told.cast.as_party(BANK)
    last = bank.run(ledger.height()) - 1
    found = proof.verify(life.export(BANK, no_pledge_at=last)).no_pledge
    assert found is not None
    assert (found.block, found.closed_by) == (last, None)
    with pytest.raises(InputError) as error:
        life.export(BANK, no_pledge_at=last, without_blocks=True)
    assert error.value.code == "BLOCKS_NEEDED"
    with pytest.raises(NotFound):
        life.export(BANK, no_pledge_at=last + 1000)


def test_the_versions_are_tied_to_each_other_and_hold_without_their_blocks(life: Life) -> None:
    digests = [each.digest for each in life.records]
    assert [each.previous for each in life.records] == [None, *digests[:-1]]
    verdict = proof.verify(life.export(BANK, without_blocks=True, no_pledge_at=life.blocks[4]))
    assert [each.record for each in verdict.versions] == life.records
    assert not any(each.in_block for each in verdict.versions)
    with pytest.raises(InputError) as error:
        life.export(BANK, without_blocks=True, disclose=["names"])
    assert error.value.code == "BLOCKS_NEEDED"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("everything", "UNKNOWN_DISCLOSURE"), ("remark:1", "NOTHING_TO_DISCLOSE"), ("name:nobody", "NOTHING_TO_DISCLOSE")],
)
def test_what_cannot_be_opened(wanted: str, code: str, life: Life) -> None:
    with pytest.raises(InputError) as error:
        life.export(EXPORTER, disclose=[wanted])
    assert error.value.code == code
