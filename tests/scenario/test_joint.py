"""A joint party on the real network: it holds a title, its members read what belongs to it, and act when all agree."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from tests.support.dcsa import FOLDER, violations
from tests.support.sealed import verified
from tests.support.told import Told
from tradelane.gateway import Refused, attachments, documents, ebl, parties, proof
from tradelane.gateway.trade.attachments import File
from tradelane.gateway.trade.endorsement_chain import endorsement_chain
from tradelane.model.title import TitleRecord
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

MEMBER = "pudong-trading"
INVOICE = b"%PDF-1.7 invoice of all"


@dataclass
class Together:
    """A title that the exporter has handed to a joint party of itself and another one."""

    told: Told
    party: str
    title_id: str

    def run(self, party: str, flow: Any) -> Any:
        done = self.told.cast.as_party(party).run(flow)
        if hasattr(done, "transaction_id"):
            for other in (CARRIER, BANK):  # a peer of each jurisdiction, before somebody else acts there
                self.told.cast.as_party(other).outcome(done.transaction_id)
        return done

    def ask(self, member: str, call: Callable[..., Any], **arguments: Any) -> TitleRecord:
        found: TitleRecord = self.run(member, ebl.jointly(call(self.title_id, **arguments), self.party)).result
        return found

    def asked_for(self, reader: str) -> tuple[Any, ...]:
        """Return who has agreed on the one act asked for, who has not, and what a reader is told for itself."""
        [view] = self.run(reader, ebl.agreements(self.title_id))
        return view.agreement.agreed, view.waiting_for, view.remark, view.waits_for_caller

    def command(self, member: str, *words: str) -> Any:
        environment = os.environ | {"TRADELANE_HOME": str(self.told.network.paths.root)}
        command = [str(Path(sys.executable).parent / "tradelane"), "--as", f"{member}-clerk@shanghai", "--json", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def together(told: Told) -> Together:
    title_id = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request())).result.title_id
    found = Together(told, f"both-{secrets.token_hex(4)}", title_id)
    admin = told.cast.as_admin("shanghai")
    formed = admin.run(parties.join(found.party, members=[EXPORTER, MEMBER], name="Wusong and Pudong"))
    told.cast.as_party(BANK).outcome(formed.transaction_id)
    found.run(EXPORTER, attachments.attach(title_id, File.of("invoice.pdf", INVOICE)))
    found.run(EXPORTER, ebl.transfer(title_id, to=found.party))
    return found


def test_members_read_and_list_what_they_hold_together(together: Together) -> None:
    for member in (EXPORTER, MEMBER):
        read = together.run(member, documents.read_of_title(together.title_id))
        assert json.loads(read.content)["transportDocumentReference"]
        [view] = together.run(member, attachments.attached(together.title_id))
        file = together.run(member, attachments.read_attachment(together.title_id, view.attached.attachment_id))
        assert file.content == INVOICE
        held = together.run(member, ebl.jointly(ebl.list_up_to(10, held_only=True), together.party))
        assert [each.title_id for each in held] == [together.title_id]
        assert together.title_id not in [
            each.title_id for each in together.run(member, ebl.list_up_to(10_000, held_only=True))
        ]
    with pytest.raises(Refused) as refused:
        together.run(BANK, ebl.jointly(ebl.list_up_to(10), together.party))
    assert refused.value.reason is Code.NOT_A_MEMBER


def test_a_member_adds_a_document_that_all_read(together: Together) -> None:
    done = together.run(MEMBER, attachments.attach(together.title_id, File.of("list.txt", b"12 cartons")))
    file = together.run(EXPORTER, attachments.read_attachment(together.title_id, done.result.attachment_id))
    assert file.content == b"12 cartons"


def test_words_are_agreed_on_too(together: Together) -> None:
    before = together.run(EXPORTER, ebl.show(together.title_id))
    assert together.ask(EXPORTER, ebl.sign, remark="seen by both") == before
    assert together.asked_for(MEMBER) == ((EXPORTER,), (MEMBER,), "seen by both", True)
    assert together.asked_for(CARRIER) == ((EXPORTER,), (MEMBER,), None, False)
    assert together.ask(MEMBER, ebl.sign, remark="seen by me") == before
    assert together.asked_for(EXPORTER) == ((MEMBER,), (EXPORTER,), "seen by me", True)
    signed = together.ask(EXPORTER, ebl.sign, remark="seen by me")
    assert together.run(EXPORTER, ebl.agreements(together.title_id)) == ()
    assert (signed.sequence, signed.previous) == (before.sequence + 1, before.digest)
    entry = together.run(CARRIER, ebl.history(together.title_id)).entries[-1]
    assert (entry.remark, entry.title.last_action.actor.party_id) == ("seen by me", together.party)


def test_one_members_act_changes_nothing_and_the_last_ones_is_proved(together: Together, tmp_path: Path) -> None:
    """By command, as people do it."""
    act = ("ebl", "transfer", together.title_id, "--to", BANK, "--jointly", together.party)
    first = together.command(EXPORTER, *act)
    assert (first["done"], first["result"]["possessor"]["partyId"]) == (False, together.party)
    assert first["waitingFor"] == [MEMBER]
    for flow in (ebl.show(together.title_id), ebl.agreements(together.title_id)):
        with pytest.raises(Refused) as refused:  # nor is the recipient given anything yet
            together.run(BANK, flow)
        assert refused.value.reason is Code.NOT_A_PARTY
    [asked] = together.command(MEMBER, "ebl", "agreements", together.title_id)
    request = {"titleId": together.title_id, "jointParty": together.party, "recipient": BANK}
    assert json.loads(asked["agreement"]["request"]) == request
    last = together.command(MEMBER, *act)
    assert (last["done"], last["result"]["possessor"]["partyId"]) == (True, BANK)
    together.told.cast.as_party(BANK).outcome(last["transactionId"])
    for view in together.run(BANK, attachments.attached(together.title_id)):
        together.run(BANK, attachments.read_attachment(together.title_id, view.attached.attachment_id))

    [chain] = together.run(BANK, endorsement_chain(together.title_id, platform="TRDL"))
    acts = [link["actionCode"] for link in reversed(chain["endorsementChain"])]
    assert acts == ["ISSUE", "TRANSFER", "SIGN", "TRANSFER"]
    assert chain["endorsementChain"][0]["actor"]["identifyingCodes"] == [
        {"codeListProvider": "ZZZ", "partyCode": together.party, "codeListName": "TradeLane"}
    ]
    if FOLDER is not None:
        assert violations("END", "EndorsementChain", chain) == []

    file = tmp_path / "title.proof"
    for without_blocks in (False, True):
        file.write_bytes(together.run(BANK, proof.export(together.title_id, without_blocks=without_blocks)))
        found = verified(file)
        assert [each["actor"] for each in found["versions"]] == [CARRIER, EXPORTER, together.party, together.party]
        assert any("all of them agreed" in each for each in found["notProved"])
