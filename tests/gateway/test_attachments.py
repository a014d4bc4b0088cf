"""Files attached to a title: what is asked of whom, and what is believed."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import USER
from tests.gateway.contracts import TITLE, Contracts, ref, refusal
from tests.support.loopback_gateway import Invocation, Script
from tests.support.trade import PDF
from tradelane.gateway import client, errors
from tradelane.gateway.client import Gateway
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.trade import attachments, documents, ebl
from tradelane.gateway.trade.attachments import File
from tradelane.model.attachment import LARGE_FROM_BYTES, AttachmentKind, Description

BOTH, OWN, THEIRS = ("HongKongMSP", "ShanghaiMSP"), ("ShanghaiMSP",), ("HongKongMSP",)
ID = "3" * 32
FILE = File.of("invoice.pdf", PDF)
LARGE = File("scan.tiff", "image/tiff", LARGE_FROM_BYTES, "ab" * 32, None)


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    found.answers["document:attach"] = attach_answer
    found.answers["document:lodgeAttachment"] = {}
    found.answers["document:shareAttachment"] = {}
    return found


@pytest.fixture
def gateway(profile: Path, contracts: Contracts) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def attach_answer(asked: Invocation) -> Any:
    if asked.rpc == "evaluate":
        return refusal(422, "NOT_LODGED")
    return {"titleId": TITLE, "attached": []}


def description(file: File = FILE, **changes: Any) -> Description:
    said: dict[str, Any] = {
        "title_id": TITLE,
        "attachment_id": ID,
        "kind": AttachmentKind.SUPPORTING,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "checksum": file.checksum,
        "salt": "07" * 32,
    }
    return Description(**{**said, **changes})


def attached(said: Description) -> dict[str, Any]:
    return {
        "attachmentId": said.attachment_id,
        "kind": said.kind.value,
        "commitment": said.commitment,
        "attachedBy": json.loads(ref("shexporter").to_json()),
        "titleSequence": 1,
        "attachedAt": "2026-03-02T00:00:00.000Z",
    }


def view(said: Description, *, has_it: bool = False, given: bool = True) -> dict[str, Any]:
    body = {"attached": attached(said), "recipientHasIt": has_it}
    return {**body, "description": json.loads(said.to_json())} if given else body


def content(said: Description, data: bytes | None = PDF, **changes: Any) -> dict[str, Any]:
    found = {"attached": attached(said), "description": json.loads(said.to_json())}
    if data is not None:
        found["content"] = base64.b64encode(data).decode()
    return {**found, **changes}


class TestAttach:
    def test_the_file_goes_to_the_own_organisation_and_its_commitment_to_all(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        done = gateway.run(attachments.attach(TITLE, FILE))
        assert contracts.calls == [
            "document:attach?",
            "document:lodgeAttachment",
            "organisation:list?",
            "document:attach",
        ]
        lodged, public = contracts.asked("document:lodgeAttachment"), contracts.asked("document:attach")
        assert (lodged.organisations, lodged.transient["content"]) == (OWN, PDF)
        assert Description.from_json(lodged.transient["description"]) == done.result
        assert (public.organisations, public.transient) == (BOTH, {})
        assert contracts.body("document:attach") == {
            "titleId": TITLE,
            "attachmentId": done.result.attachment_id,
            "kind": "SUPPORTING",
            "commitment": done.result.commitment,
        }
        spoken = b"".join(argument for one in contracts.invocations for argument in one.arguments)
        assert all(secret not in spoken for secret in (b"invoice", FILE.checksum.encode(), b"application/pdf"))

    def test_who_may_not_attach_lodges_nothing(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attach"] = refusal(403, "NOT_IN_CONTROL")
        with pytest.raises(errors.Refused):
            gateway.run(attachments.attach(TITLE, FILE))
        assert contracts.calls == ["document:attach?"]

    def test_what_the_same_request_attached_before_is_no_offence(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:lodgedAttachment"] = json.loads(description().to_json())
        contracts.answers["document:attach"] = lambda asked: (
            refusal(409, "ATTACHMENT_EXISTS") if asked.rpc == "evaluate" else {"titleId": TITLE, "attached": []}
        )
        assert gateway.run(attachments.attach(TITLE, FILE), request_id="invoice-17").result == description()
        with pytest.raises(errors.Refused):
            gateway.run(attachments.attach(TITLE, FILE))

    @pytest.mark.parametrize("name", ["../invoice.pdf", "", "a\nb"])
    def test_a_name_that_is_none_is_refused_before_anything_is_sent(
        self, gateway: Gateway, contracts: Contracts, name: str
    ) -> None:
        with pytest.raises(errors.InputError, match="name") as raised:
            gateway.run(attachments.attach(TITLE, File.of(name, PDF)))
        assert (raised.value.code, contracts.calls) == ("INVALID_REQUEST", [])

    def test_of_a_large_file_no_content_travels(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(attachments.attach(TITLE, LARGE))
        assert set(contracts.asked("document:lodgeAttachment").transient) == {"description"}

    def test_repeated_under_a_request_id_it_goes_on_with_what_was_lodged(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        def lodged(asked: Invocation) -> Any:
            body = json.loads(asked.arguments[0])
            return json.loads(description(attachment_id=body["attachmentId"]).to_json())

        contracts.answers["document:lodgedAttachment"] = lodged
        done = gateway.run(attachments.attach(TITLE, FILE), request_id="invoice-17")
        assert done.result.salt == "07" * 32
        assert contracts.body("document:attach")["commitment"] == done.result.commitment


class TestReading:
    def test_a_file_that_fits_its_commitment(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attachment"] = content(description())
        found = gateway.run(attachments.read_attachment(TITLE, ID))
        assert (found.content, found.description) == (PDF, description())

    def test_a_large_one_comes_without_content(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attachment"] = content(description(LARGE), None)
        assert gateway.run(attachments.read_attachment(TITLE, ID)).content is None

    @pytest.mark.parametrize(
        "given",
        [
            content(description(), b"another"),
            content(description(), None),
            content(description(), content="!"),
            content(description(), description=json.loads(description(name="other.pdf").to_json())),
        ],
    )
    def test_whatever_does_not_fit_is_not_believed(
        self, gateway: Gateway, contracts: Contracts, given: dict[str, Any]
    ) -> None:
        contracts.answers["document:attachment"] = given
        with pytest.raises(errors.ResultError) as raised:
            gateway.run(attachments.read_attachment(TITLE, ID))
        assert raised.value.code == "COMMITMENT_MISMATCH"

    def test_a_list_of_another_release_is_an_error(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attachments"] = [{"novelty": 1}]
        with pytest.raises(errors.ResultError) as raised:
            gateway.run(attachments.attached(TITLE))
        assert raised.value.code == "BAD_ANSWER"


class TestSharing:
    def test_attachments_go_along_with_the_title(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attachments"] = [view(description())]
        contracts.answers["document:attachment"] = content(description())
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        shared = contracts.asked("document:shareAttachment")
        assert shared.organisations == THEIRS
        assert shared.transient == {"description": description().to_json(), "content": PDF}
        assert contracts.calls.index("document:shareAttachment") < contracts.calls.index("ebl:transfer")

    def test_what_the_recipient_has_or_the_sender_was_not_given_stays(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        contracts.answers["document:attachments"] = [
            view(description(), has_it=True),
            view(description(attachment_id="4" * 32), given=False),
        ]
        gateway.run(documents.share(TITLE, to="hkbank"))
        assert "document:shareAttachment" not in contracts.calls

    def test_who_has_the_document_is_given_what_was_attached_since(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        contracts.answers["document:attachments"] = [view(description(LARGE))]
        contracts.answers["document:attachment"] = content(description(LARGE), None)
        gateway.run(ebl.transfer(TITLE, to="shcarrier"))
        assert "document:share" not in contracts.calls
        shared = contracts.asked("document:shareAttachment")
        assert (shared.organisations, set(shared.transient)) == (OWN, {"description"})
        assert contracts.calls.index("ebl:transfer?") < contracts.calls.index("document:shareAttachment")

    def test_a_refused_act_shares_nothing(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:attachments"] = [view(description())]
        contracts.answers["ebl:transfer"] = refusal(403, "NOT_IN_CONTROL")
        with pytest.raises(errors.Refused):
            gateway.run(ebl.transfer(TITLE, to="shcarrier"))
        assert "document:shareAttachment" not in contracts.calls


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.pdf", "application/pdf"), ("a.png", "image/png"), ("a", "application/octet-stream"), ("a.txt", "text/plain")],
)
def test_a_name_says_the_media_type(name: str, media_type: str) -> None:
    assert File.of(name, b"x").media_type == media_type
