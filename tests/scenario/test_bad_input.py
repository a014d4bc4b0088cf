"""Bad input and broken surroundings, as a user of the command meets them: a sentence, a code, nothing half-written."""

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import ebl
from tradelane.gateway.cli.root import run
from tradelane.network import process
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, NodeFactory

pytestmark = pytest.mark.network

CLERK = f"{CARRIER}-clerk@shanghai"
OWNER = f"{EXPORTER}-clerk@shanghai"


@pytest.fixture(autouse=True)
def home(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADELANE_HOME", str(told.network.paths.root))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """Run a command that must fail; return its exit status and code, having checked how it says so."""
    capsys.readouterr()
    words = [str(argument) for argument in arguments]
    status = run(words)
    said = capsys.readouterr()
    assert status != 0
    assert "Traceback" not in said.out + said.err
    sentence, _, code = said.err.strip().rpartition(" [")
    assert sentence, said
    assert "\n" not in sentence
    assert run([*words, "--json"]) == status
    shown = json.loads(capsys.readouterr().out)
    assert shown["code"] == code.rstrip("]")
    return status, shown["code"]


def height(told: Told) -> int:
    """Return the chain's height, once all peers have the last block."""
    network = told.network
    factory = NodeFactory(network.topology, network.paths, network.binaries)
    health = Health(network.topology, network.paths)

    def agreed() -> int | None:
        found = {health.peer_height(node) for node in factory.of_kind(Kind.PEER)}
        return found.pop() if len(found) == 1 else None

    return until(agreed)


def edited(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def edit(request: dict[str, Any]) -> None:
        place: Any = request["document"]
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = to

    return edit


BAD_DOCUMENTS = {
    "TD-1: a sea waybill is never to order": edited("transportDocumentTypeCode", to="SWB"),
    "TD-5: shipped on board and received for shipment": edited("receivedForShipmentDate", to="2026-03-01"),
    "TD-6: issued without a date": edited("issueDate", to=None),
    "TD-7: two electronic originals": edited("numberOfOriginalsWithoutCharges", to=1),
    "TD-8: a currency without a value": edited("declaredValue", to=None),
    "container number": edited("utilizedTransportEquipments", 0, "equipment", "equipmentReference", to="MSCU1234560"),
    "LEI": edited("documentParties", "endorsee", "identifyingCodes", 0, "partyCode", to="9845000SHEXP0RT0AA88"),
    "IMO number": edited("transports", "vesselVoyages", 0, "vesselIMONumber", to="9734124"),
}


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_document_that_breaks_a_rule_is_refused_before_anything_is_written(
    name: str, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = copy.deepcopy(issuance_request())
    BAD_DOCUMENTS[name](request)
    request["document"] = {key: value for key, value in request["document"].items() if value is not None}
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    before = height(told)
    assert refused(capsys, "--as", CLERK, "ebl", "issue", file) == (2, "INVALID_DOCUMENT")
    assert height(told) == before


def test_broken_json(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"document": {"transportDocumentReference": "A",}}')
    assert refused(capsys, "--as", CLERK, "ebl", "issue", file) == (2, "INVALID_DOCUMENT")


def test_a_reference_is_used_once(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    request = issuance_request()
    told.cast.as_party(CARRIER).run(ebl.issue(request))
    file = tmp_path / "request.json"
    file.write_text(json.dumps(request))
    before = height(told)
    assert refused(capsys, "--as", CLERK, "ebl", "issue", file) == (3, "DUPLICATE_REFERENCE")
    assert height(told) == before


def test_who_is_no_carrier_leaves_no_document_behind(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(issuance_request()))
    before = height(told)
    assert refused(capsys, "--as", OWNER, "ebl", "issue", file) == (3, "NOT_CARRIER")
    assert height(told) == before


def test_a_document_that_is_no_title_does_not_use_up_its_reference(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = issuance_request()
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**request, "document": {**request["document"], "transportDocumentStatus": "DRAFT"}}))
    before = height(told)
    assert refused(capsys, "--as", CLERK, "ebl", "issue", file) == (3, "NOT_A_TITLE_DOCUMENT")
    assert height(told) == before
    assert told.cast.as_party(CARRIER).run(ebl.issue(request)).result.sequence == 1


def test_an_unknown_party_gets_nothing(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    title_id = issued.result.title_id
    assert refused(capsys, "--as", OWNER, "ebl", "transfer", title_id, "--to", "nobody") == (3, "UNKNOWN_PARTY")
    after = told.cast.as_party(EXPORTER).run(ebl.show(title_id))
    assert after == issued.result


def test_an_unknown_title(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "--as", OWNER, "ebl", "show", "0" * 32) == (3, "UNKNOWN_TITLE")


ACTS = (("ebl", "list"), ("submit", "ebl:accept", json.dumps({"titleId": "0" * 32})))
"""A question, and an act that is handed over to be endorsed without a question before it."""


def test_a_foreign_certificate(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Hong Kong user in a Shanghai profile: the certificate is good, but not of the organisation it claims."""
    profiles = told.network.paths.profiles
    shutil.copytree(profiles / "shanghai", tmp_path / "profile")
    user = "kowloon-trading-clerk"
    shutil.copytree(profiles / "hongkong" / "users" / user, tmp_path / "profile" / "users" / user)
    before = height(told)
    for act in ACTS:
        assert refused(capsys, "--profile", tmp_path / "profile", "--as", user, *act) == (6, "ACCESS_DENIED")
    assert height(told) == before


def forged(key: ec.EllipticCurvePrivateKey, valid_until: datetime) -> bytes:
    """A certificate in a user's name that no CA of the network signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clerk")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = builder.not_valid_before(valid_until - timedelta(days=30)).not_valid_after(valid_until)
    return built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    ("days", "code"), [(-1, "CERTIFICATE_EXPIRED"), (30, "ACCESS_DENIED")], ids=["expired", "self-signed"]
)
def test_a_certificate_that_no_longer_or_never_counted(
    days: int, code: str, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(told.network.paths.profiles / "shanghai", tmp_path / "profile")
    user = tmp_path / "profile" / "users" / f"{EXPORTER}-clerk"
    key = ec.generate_private_key(ec.SECP256R1())
    (user / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (user / "cert.pem").write_bytes(forged(key, datetime.now(UTC) + timedelta(days=days)))
    before = height(told)
    for act in ACTS:
        assert refused(capsys, "--profile", tmp_path / "profile", "--as", user.name, *act) == (6, code)
    assert height(told) == before


@pytest.fixture
def put_right(told: Told) -> Iterator[None]:
    """Bring back whatever a test has stopped."""
    yield
    told.network.up()


def stop(told: Told, kind: Kind, org: str) -> None:
    network = told.network
    factory = NodeFactory(network.topology, network.paths, network.binaries)
    node = next(node for node in factory.of_kind(kind) if node.organisation.name == org)
    process.stop([network.paths.process(node.name)])


@pytest.mark.usefixtures("put_right")
def test_a_peer_that_is_down(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    stop(told, Kind.PEER, "shanghai")
    status, code = refused(capsys, "--as", OWNER, "ebl", "list")
    assert (status, code) == (4, "UNREACHABLE")


@pytest.mark.usefixtures("put_right")
def test_another_jurisdictions_peer_that_is_down(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    stop(told, Kind.PEER, "hongkong")
    status, _ = refused(capsys, "--as", OWNER, "ebl", "endorse", issued.result.title_id, "--blank")
    assert status == 4
    assert told.cast.as_party(EXPORTER).run(ebl.show(issued.result.title_id)) == issued.result


@pytest.mark.usefixtures("put_right")
def test_a_chaincode_service_that_is_down(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is answered by another jurisdiction's peer instead; nothing can be endorsed without both."""
    issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    stop(told, Kind.CHAINCODE, "shanghai")
    assert refused(capsys, "--as", OWNER, "ebl", "list") == (4, "CHAINCODE_UNAVAILABLE")
    told.cast.as_party(BANK).run(ebl.list_titles())
    status, code = refused(capsys, "--as", OWNER, "ebl", "endorse", issued.result.title_id, "--blank")
    assert (status, code) == (4, "CHAINCODE_UNAVAILABLE")
