"""The carrier's signed issuance request and the platform's answer."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.support.dcsa import needs_dcsa, violations
from tests.support.trade import EXAMPLES
from tradelane.gateway.dcsa import issuance, signing
from tradelane.gateway.dcsa.issuance import IssuanceCode, Visualisation
from tradelane.gateway.dcsa.messages import Malformed
from tradelane.gateway.dcsa.signing import BadSignature, Signer, TrustedKeys
from tradelane.gateway.errors import IdentityError, InputError
from tradelane.model.dcsa import DocumentError

EXAMPLE: dict[str, Any] = json.loads((EXAMPLES / "issuance-request.json").read_text())
DOCUMENT, ISSUE_TO = EXAMPLE["document"], EXAMPLE["issueTo"]
RENDERED = Visualisation("bill.pdf", b"%PDF-1.7 rendered")
CARRIER = signing.generate()
CARRIERS = TrustedKeys({"JHL": [signing.published(CARRIER)]})


def signed(signer: Signer = CARRIER, **more: Any) -> dict[str, Any]:
    return issuance.request_of(DOCUMENT, ISSUE_TO, signer, visualisation=RENDERED, **more)


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("key", [signing.generate(), Signer(RSAKey.generate_key(2048))], ids=["ES256", "PS256"])
def test_a_signed_request_is_read_back(key: Signer) -> None:
    trusted = TrustedKeys({"JHL": [signing.published(key)]})
    found = issuance.read_request(as_bytes(signed(key)), trusted)
    assert (found.signed_by, found.visualisation) == ("JHL", RENDERED)
    assert found.request.document.transport_document_reference == DOCUMENT["transportDocumentReference"]


@needs_dcsa
def test_requests_and_answers_fit_dcsas_schema() -> None:
    replaced = signed(old_references=["OLD-1"], new_references=["NEW-1", "NEW-2"])
    assert violations("ISS", "IssuanceRequest", replaced) == []
    answers = [
        issuance.response_of("HHL71800000", IssuanceCode.ISSUED),
        issuance.response_of(
            "HHL71800000",
            IssuanceCode.REFUSED,
            reason="The platform knows no such party.",
            errors=[issuance.IssuanceError.model_validate({"reason": "no GLEIF code", "errorCode": "UNKNOWN_PARTY"})],
        ),
    ]
    for answer in answers:
        assert violations("ISS", "IssuanceResponse", answer) == []
        assert issuance.read_response(as_bytes(answer)).value() == answer


def test_a_refusal_says_why() -> None:
    with pytest.raises(Malformed, match="reason"):
        issuance.response_of("HHL71800000", IssuanceCode.BAD_REQUEST)
    with pytest.raises(Malformed, match="issuanceResponseCode"):
        issuance.read_response(b'{"transportDocumentReference": "X", "issuanceResponseCode": "FINE"}')


def other_document(request: dict[str, Any]) -> None:
    request["document"]["termsAndConditions"] += " And more."


def other_party(request: dict[str, Any]) -> None:
    request["issueTo"]["partyName"] = "Somebody Else"


def other_picture(request: dict[str, Any]) -> None:
    request["eBLVisualisationByCarrier"]["content"] = base64.b64encode(b"another").decode()


def no_picture(request: dict[str, Any]) -> None:
    del request["eBLVisualisationByCarrier"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (other_document, "documentChecksum"),
        (other_party, "issueToChecksum"),
        (other_picture, "eBLVisualisationByCarrierChecksum"),
        (no_picture, "eBLVisualisationByCarrierChecksum"),
    ],
)
def test_what_the_carrier_did_not_sign_is_refused(change: Any, named: str) -> None:
    request = copy.deepcopy(signed())
    change(request)
    with pytest.raises(Malformed, match=named):
        issuance.read_request(as_bytes(request), CARRIERS)


def test_the_order_of_names_and_the_way_of_writing_numbers_do_not_matter() -> None:
    request = signed()
    turned = {name: request[name] for name in reversed(request)}
    found = issuance.read_request(json.dumps(turned, indent=3, ensure_ascii=True).encode(), CARRIERS)
    assert found.manifest == request["issuanceManifestSignedContent"]


def test_requests_that_cannot_be_relied_on_are_refused() -> None:
    unsigned = {"document": DOCUMENT, "issueTo": ISSUE_TO}
    with pytest.raises(Malformed, match="missing"):
        issuance.read_request(as_bytes(unsigned), CARRIERS)
    with pytest.raises(Malformed, match="twice"):
        issuance.read_request(b'{"document": {}, "document": {}}', CARRIERS)
    with pytest.raises(Malformed, match="NaN"):
        issuance.read_request(b'{"document": NaN}', CARRIERS)
    with pytest.raises(Malformed, match="object"):
        issuance.read_request(b"[]", CARRIERS)
    bad = {**signed(), "eBLVisualisationByCarrier": {"name": "x", "content": "no base64!"}}
    with pytest.raises(Malformed, match="Base64"):
        issuance.read_request(as_bytes(bad), CARRIERS)
    with pytest.raises(DocumentError):
        issuance.read_request(as_bytes({**signed(), "document": {}}), CARRIERS)
    with pytest.raises(BadSignature, match="unknown"):
        issuance.read_request(as_bytes(signed(signing.generate())), CARRIERS)


class TestSigning:
    def test_any_flipped_character_is_noticed(self) -> None:
        content = CARRIER.sign({"a": 1})
        for place, letter in enumerate(content[:-1]):  # the last one holds bits that say nothing
            other = "A" if letter != "A" else "B"
            with pytest.raises(BadSignature):
                CARRIERS.verify(content[:place] + other + content[place + 1 :])

    @pytest.mark.parametrize(
        "header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": "PS256"}, {"alg": "ES256", "crit": ["b64"], "b64": False}]
    )
    def test_the_key_decides_the_algorithm_not_the_header(self, header: dict[str, Any]) -> None:
        content = CARRIER.sign({"a": 1}).split(".")
        forged = base64.urlsafe_b64encode(as_bytes({"kid": CARRIER.key_id, **header})).decode().rstrip("=")
        with pytest.raises(BadSignature):
            CARRIERS.verify(".".join((forged, *content[1:])))

    @pytest.mark.parametrize("content", ["", "a", "a.b", "a.b.c", "..", "é.é.é", "x" * 300_000])
    def test_what_is_no_signed_content_is_refused(self, content: str) -> None:
        with pytest.raises(BadSignature):
            CARRIERS.verify(content)

    def test_the_private_key_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        signing.save(CARRIER, path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert signing.load(path).key_id == CARRIER.key_id
        with pytest.raises(InputError, match="cannot be written"):
            signing.save(CARRIER, path)
        path.chmod(0o644)
        with pytest.raises(IdentityError, match="0600"):
            signing.load(path)
        with pytest.raises(IdentityError, match="cannot be read"):
            signing.load(tmp_path / "absent.pem")
        assert str(CARRIER.key.as_dict(private=True)["d"]) not in f"{CARRIER!r} {CARRIER}"

    @pytest.mark.parametrize(
        "document", [b"{}", b"no json", b'{"keys": [{"kty": "oct", "k": "AAAA"}]}', b'{"keys": [{"kty": "EC"}]}', b"[]"]
    )
    def test_a_bad_key_set_is_refused(self, document: bytes) -> None:
        with pytest.raises(InputError, match="key set"):
            TrustedKeys({"WAVE": [document]})

    def test_a_key_has_one_owner_and_no_private_half(self) -> None:
        public = signing.published(CARRIER)
        with pytest.raises(InputError, match="belongs to both"):
            TrustedKeys({"WAVE": [public], "BOLE": [public]})
        private = as_bytes({"keys": [CARRIER.key.as_dict(private=True)]})
        with pytest.raises(InputError, match="key set"):
            TrustedKeys({"WAVE": [private]})
