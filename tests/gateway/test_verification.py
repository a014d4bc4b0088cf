"""The carrier's rendering and signature: attached when a title is issued, and checked by its readers."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.gateway.bill import issuance_request
from tests.gateway.conftest import USER
from tests.gateway.contracts import CONTENT, TITLE, Contracts, ref, refusal
from tests.support.loopback_gateway import Invocation, Script
from tradelane.gateway import client, errors
from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.issuance import Visualisation, request_with
from tradelane.gateway.dcsa.signing import Signer, TrustedKeys
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.trade import ebl
from tradelane.gateway.trade.issuance import read_issuance
from tradelane.gateway.trade.verification import Finding, verify
from tradelane.model.attachment import AttachmentKind, Description

RENDERED = Visualisation("bill.pdf", b"%PDF-1.7 the bill")
CARRIER = signing.generate()
CARRIERS = TrustedKeys({"shcarrier": [signing.published(CARRIER)]})


def signed(signer: Signer | None = CARRIER, visualisation: Visualisation | None = RENDERED) -> dict[str, Any]:
    return request_with(issuance_request(), signer, visualisation)


@dataclass
class Documents:
    """What the contract keeps of one title's attachments."""

    lodged: dict[str, tuple[Description, bytes]] = field(default_factory=dict)
    attached: list[dict[str, Any]] = field(default_factory=list)
    given: set[AttachmentKind] = field(default_factory=lambda: set(AttachmentKind))

    def lodge(self, asked: Invocation) -> Any:
        said = Description.from_json(asked.transient["description"])
        self.lodged[said.attachment_id] = said, asked.transient.get("content", b"")
        return {}

    def attach(self, asked: Invocation) -> Any:
        body = json.loads(asked.arguments[0])
        if asked.rpc == "evaluate":
            return refusal(422, "NOT_LODGED")
        by = {"attachedBy": json.loads(ref("shcarrier").to_json()), "titleSequence": 1}
        kept = {name: body[name] for name in ("attachmentId", "kind", "commitment")}
        self.attached.append({**kept, **by, "attachedAt": "2026-03-02T00:00:00.000Z"})
        return {"titleId": TITLE, "attached": self.attached}

    def views(self, asked: Invocation) -> Any:
        return [self._view(each) for each in self.attached]

    def read(self, asked: Invocation) -> Any:
        attachment_id = json.loads(asked.arguments[0])["attachmentId"]
        (attached,) = [each for each in self.attached if each["attachmentId"] == attachment_id]
        said, content = self.lodged[attachment_id]
        body = {"attached": attached, "description": json.loads(said.to_json())}
        return {**body, "content": base64.b64encode(content).decode()} if content else body

    def _view(self, attached: dict[str, Any]) -> dict[str, Any]:
        said, _ = self.lodged[attached["attachmentId"]]
        found = {"attached": attached, "recipientHasIt": True}
        return {**found, "description": json.loads(said.to_json())} if said.kind in self.given else found


@pytest.fixture
def kept() -> Documents:
    return Documents()


@pytest.fixture
def contracts(script: Script, kept: Documents) -> Contracts:
    script.chaincode = found = Contracts()
    found.answers["document:lodgeAttachment"] = kept.lodge
    found.answers["document:attach"] = kept.attach
    found.answers["document:attachments"] = kept.views
    found.answers["document:attachment"] = kept.read
    return found


@pytest.fixture
def gateway(profile: Path, contracts: Contracts) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def test_an_issuance_request_brings_what_is_attached() -> None:
    found = read_issuance(signed())
    assert found.examined.canonical == CONTENT
    assert found.files[AttachmentKind.VISUALISATION].content == RENDERED.content
    assert found.files[AttachmentKind.ISSUANCE_MANIFEST].media_type == "application/json"
    assert read_issuance(issuance_request()).files == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"document": {**issuance_request()["document"], "carrierCode": "MSCU"}}, "documentChecksum"),
        ({"issueTo": {**issuance_request()["issueTo"], "partyName": "Somebody Else"}}, "issueToChecksum"),
        ({"eBLVisualisationByCarrier": None}, "eBLVisualisationByCarrierChecksum"),
        ({"eBLVisualisationByCarrier": {"name": "bill.pdf", "content": "!"}}, "not Base64"),
        ({"issuanceManifestSignedContent": "a.b.c"}, "no JWS"),
    ],
)
def test_a_manifest_of_other_content_stops_it_before_anything_is_sent(
    gateway: Gateway, contracts: Contracts, changes: dict[str, Any], says: str
) -> None:
    request = {name: value for name, value in {**signed(), **changes}.items() if value is not None}
    with pytest.raises(errors.InputError, match=says) as raised:
        gateway.run(ebl.issue(request))
    assert (raised.value.code, contracts.calls) == ("INVALID_DOCUMENT", [])


def test_issuing_attaches_before_it_shares(gateway: Gateway, contracts: Contracts, kept: Documents) -> None:
    gateway.run(ebl.issue(signed()))
    assert [each["kind"] for each in kept.attached] == ["VISUALISATION", "ISSUANCE_MANIFEST"]
    last = len(contracts.calls) - 1 - contracts.calls[::-1].index("document:attach")
    assert contracts.calls.index("ebl:issue") < last < contracts.calls.index("document:share")


def test_a_stop_while_attaching_says_that_the_title_stands(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["document:attach"] = refusal(409, "WRONG_STATE")
    with pytest.raises(errors.Refused) as raised:
        gateway.run(ebl.issue(signed(), title_id=TITLE))
    assert f"Title {TITLE} is issued; only bill.pdf is not attached" in raised.value.diagnostics()


@pytest.mark.parametrize("key", [CARRIER, Signer(RSAKey.generate_key(2048))], ids=["ES256", "PS256"])
def test_a_reader_with_the_carriers_keys_checks_everything(gateway: Gateway, key: Signer) -> None:
    gateway.run(ebl.issue(signed(key)))
    trusted = TrustedKeys({"shcarrier": [signing.published(key)]})
    findings = gateway.run(verify(TITLE, carriers=trusted))
    assert [(finding.subject, finding.holds) for finding in findings] == [
        ("transport document", True),
        ("bill.pdf", True),
        ("issuance-manifest.json", True),
        ("signature", True),
    ]
    assert "visualisation" in findings[-1].said


def signature(gateway: Gateway, carriers: TrustedKeys | None) -> Finding:
    return gateway.run(verify(TITLE, carriers=carriers))[-1]


def test_without_keys_nobodys_signature_is_checked(gateway: Gateway) -> None:
    gateway.run(ebl.issue(signed()))
    assert signature(gateway, None).holds is None


def test_somebody_elses_signature_does_not_hold(gateway: Gateway) -> None:
    gateway.run(ebl.issue(signed()))
    stranger = signing.generate()
    assert signature(gateway, TrustedKeys({"shcarrier": [signing.published(stranger)]})).holds is False
    other = TrustedKeys({"another": [signing.published(CARRIER)]})
    found = signature(gateway, other)
    assert (found.holds, "another signed it" in found.said) == (False, True)


def test_without_manifest_there_is_nothing_to_check(gateway: Gateway) -> None:
    gateway.run(ebl.issue(issuance_request()))
    assert signature(gateway, CARRIERS).holds is None


def test_a_visualisation_that_was_not_given_does_not_contradict_the_manifest(gateway: Gateway, kept: Documents) -> None:
    gateway.run(ebl.issue(signed()))
    kept.given.remove(AttachmentKind.VISUALISATION)
    findings = gateway.run(verify(TITLE, carriers=CARRIERS))
    assert [finding.holds for finding in findings] == [True, None, True, True]
    assert "visualisation" not in findings[-1].said


def test_another_rendering_than_the_signed_one_does_not_hold(gateway: Gateway, kept: Documents) -> None:
    gateway.run(ebl.issue(signed(visualisation=None)))
    gateway.run(
        ebl.issue(request_with(issuance_request(), None, RENDERED))
    )  # whoever attached it, it is not what was signed
    found = signature(gateway, CARRIERS)
    assert (found.holds, "eBLVisualisationByCarrierChecksum" in found.said) == (False, True)


def test_a_peers_false_file_is_found(gateway: Gateway, kept: Documents) -> None:
    gateway.run(ebl.issue(signed()))
    for attachment_id, (said, content) in kept.lodged.items():
        if said.kind is AttachmentKind.VISUALISATION:
            kept.lodged[attachment_id] = said, content + b"!"
    findings = gateway.run(verify(TITLE, carriers=CARRIERS))
    assert [finding.holds for finding in findings] == [True, False, True, True]


def test_a_peers_false_document_is_found(gateway: Gateway, contracts: Contracts) -> None:
    gateway.run(ebl.issue(signed()))
    contracts.answers["document:read"] = {"documentId": "2" * 32, "salt": "07" * 32, "content": "{}"}
    findings = gateway.run(verify(TITLE, carriers=CARRIERS))
    assert [finding.holds for finding in findings] == [False, True, True, None]
