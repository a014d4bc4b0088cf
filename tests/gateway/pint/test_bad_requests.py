"""What strangers and broken programs send: refused with a clear problem, nothing of it logged, and served on."""

import json
import logging
import ssl
from typing import Any

import httpx
import pytest

from tests.gateway.pint.test_scenarios import INVOICE, describe
from tests.support.dcsa import FOLDER, violations
from tests.support.pint import THERE, Keys, Letters, Place, Receiving, Register, Wire
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.errors import InputError, Step, Unreachable
from tradelane.gateway.pint import serving
from tradelane.gateway.pint.envelope import MAX_ENVELOPE_BYTES
from tradelane.gateway.pint.http import Sender
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.store import Store

JSON = {"Content-Type": "application/json"}


def problem(response: httpx.Response) -> str:
    """Return what the problem says, once it has DCSA's shape."""
    value = response.json()
    if FOLDER is not None:
        assert violations("PINT", "ErrorResponse", value) == []
    assert value["statusCode"] == response.status_code
    return str(value["errors"][0]["errorCodeMessage"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "UTF-8"),
        (b"null", "JSON object"),
        (b"[]", "JSON object"),
        (b"{}", "JSON object of"),
        (b'{"transportDocument": {}, "transportDocument": {}}', "twice"),
        (b'{"transportDocument": NaN}', "NaN"),
        (b"[" * 100_000, "JSON"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper"),
        (b'{"transportDocument": 1e999}', "number"),
    ],
)
def test_what_is_no_envelope(wire: Wire, body: bytes, said: str) -> None:
    response = wire.client.post("/v3/envelopes", content=body, headers=JSON)
    assert response.status_code == 400
    assert said in problem(response)


@pytest.mark.parametrize(
    "change",
    [
        {"novelty": 1},
        {"envelopeTransferChain": []},
        {"envelopeTransferChain": "x"},
        {"envelopeTransferChain": [1]},
        {"envelopeTransferChain": ["é"]},
        {"envelopeManifestSignedContent": None},
        {"transportDocument": []},
    ],
)
def test_envelopes_without_their_shape(wire: Wire, letters: Letters, change: dict[str, Any]) -> None:
    response = wire.start({**letters.envelope(), **change})
    assert response.status_code == 400
    assert problem(response)


@pytest.mark.parametrize("content", ["a.b.c", "..", "x"])
def test_what_is_not_signed_is_a_bad_signature(wire: Wire, letters: Letters, content: str) -> None:
    assert wire.code(wire.start({**letters.envelope(), "envelopeTransferChain": [content]})) == (422, "BSIG")
    assert wire.code(wire.start({**letters.envelope(), "envelopeManifestSignedContent": content})) == (422, "BSIG")


def test_an_entry_with_unknown_fields_is_a_bad_envelope(wire: Wire, letters: Letters) -> None:
    value = {"eblPlatform": "TRDL", "novelty": 1, "transactions": []}
    assert wire.code(wire.start(letters.envelope([letters.signer.sign(value)]))) == (422, "BENV")


def test_bodies_that_are_too_large_are_not_read_to_their_end(wire: Wire) -> None:
    response = wire.client.post("/v3/envelopes", content=b"[" + b" " * MAX_ENVELOPE_BYTES + b"]", headers=JSON)
    assert response.status_code == 413
    assert str(MAX_ENVELOPE_BYTES) in problem(response)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_other_media_types(wire: Wire, kind: str) -> None:
    response = wire.client.post("/v3/envelopes", content=b"{}", headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "application/json" in problem(response)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v3/envelopes/nobody/additional-documents/{'0' * 64}", 404),
        (f"/v3/envelopes/..%2f..%2fetc%2fpasswd/additional-documents/{'0' * 64}", 404),
        (f"/v3/envelopes/{'x' * 101}/additional-documents/{'0' * 64}", 404),
        ("/v3/envelopes/nobody/additional-documents/..%2f..%2fkey.pem", 404),
        ("/v3/envelopes/nobody/additional-documents/ABC", 400),
        (f"/v3/envelopes/nobody/additional-documents/{'g' * 64}", 400),
        ("/v3/envelopes/nobody/finish-transfer", 404),
        ("/v3/envelopes/%00/finish-transfer", 404),
        ("/v2/envelopes", 404),
    ],
)
def test_paths_that_lead_nowhere(wire: Wire, path: str, status: int) -> None:
    response = wire.client.put(path, content=b'"AAAA"', headers=JSON)
    assert response.status_code == status
    assert problem(response)


def test_other_methods(wire: Wire) -> None:
    response = wire.client.get("/v3/envelopes")
    assert response.status_code == 405
    assert problem(response)


@pytest.mark.parametrize("body", [b"", b"{}", b'"no base64!"', b"AAAA", b'"AAA"', b"[" * 50_000, b"null"])
def test_documents_that_do_not_travel_as_they_should(wire: Wire, letters: Letters, body: bytes) -> None:
    reference = wire.start(letters.envelope(None, describe(INVOICE))).json()["envelopeReference"]
    path = f"/v3/envelopes/{reference}/additional-documents/{checksums.of_bytes(INVOICE)}"
    response = wire.client.put(path, content=body, headers=JSON)
    assert response.status_code == 400
    assert "Base64" in problem(response)


@pytest.mark.parametrize("body", [{}, [], "x", {"codeListProvider": 1, "partyCode": "x"}, {"partyCode": "x", "y": 1}])
def test_codes_that_are_none(wire: Wire, body: Any) -> None:
    response = wire.client.post("/v3/receiver-validation", json=body)
    assert response.status_code == 400
    assert "codeListProvider" in problem(response)


def test_after_all_that_it_serves_and_has_logged_no_content(
    receiving: Receiving, letters: Letters, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire, sent = receiving.wire, letters.envelope(None, describe(INVOICE))
    wire.client.post("/v3/envelopes", content=json.dumps(sent).encode() + b"}", headers=JSON)
    wire.client.post("/v3/receiver-validation", json={"codeListProvider": "ZZZ", "partyCode": "canary-party"})
    reference = wire.start(sent).json()["envelopeReference"]
    wire.document(reference, checksums.of_bytes(INVOICE), b"canary content")
    wire.document(reference, checksums.of_bytes(INVOICE), INVOICE)
    assert wire.code(wire.finish(reference)) == (200, "RECE")
    own = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = " ".join(f"{record.getMessage()} {record.exc_text}" for record in own)
    document = sent["transportDocument"]
    for secret in ("canary", "invoice", document["transportDocumentReference"], sent["envelopeManifestSignedContent"]):
        assert secret not in logged


def test_an_error_of_its_own_is_answered_without_what_caused_it(
    receiving: Receiving, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(receiving.register, "receiver", broken)
    response = receiving.wire.start(letters.envelope())
    assert response.status_code == 500
    assert "canary" not in response.text
    problem(response)
    monkeypatch.undo()
    assert receiving.wire.code(receiving.wire.start(letters.envelope())) == (200, "RECE")


def test_without_the_ledger_nothing_is_signed(
    receiving: Receiving, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise Unreachable("The peer does not answer.", code="UNREACHABLE", step=Step.EVALUATE)

    monkeypatch.setattr(receiving.register, "receiver", unreachable)
    response = receiving.wire.start(letters.envelope())
    assert response.status_code == 503
    assert "try again" in problem(response)
    monkeypatch.undo()
    assert receiving.wire.code(receiving.wire.start(letters.envelope())) == (200, "RECE")


class TestTls:
    def test_nobody_without_a_certificate_gets_as_far_as_a_request(self, receiving: Receiving, place: Place) -> None:
        context = ssl.create_default_context(cafile=str(place.home / "roots.pem"))
        with httpx.Client(verify=context, trust_env=False) as stranger, pytest.raises(httpx.TransportError):
            stranger.post(f"{receiving.url}/v3/receiver-validation", json={})

    def test_a_sender_speaks_tls_only(self, place: Place) -> None:
        with pytest.raises(InputError, match="https"):
            Sender("http://localhost:1", place.tls())

    def test_a_service_without_usable_tls_does_not_start(self, place: Place, keys: Keys) -> None:
        store = Store.open("other.db", place.home)
        platform = Platform(THERE, keys.signers[THERE], keys.platforms, keys.carriers, store, Register())
        (place.home / "roots.pem").write_bytes(b"none")
        with pytest.raises(InputError, match="TLS"):
            serving.server(platform, place.endpoint)
        store.close()
