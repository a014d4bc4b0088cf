"""What must never reach the ledger, a log, or a peer of an organisation that may not see it."""

import base64
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from tests.support.identifiers import fresh_lei
from tests.support.told import Told
from tradelane.gateway import documents, ebl, parties
from tradelane.model.document import ShareRequest
from tradelane.network import Network
from tradelane.network.https import Endpoint

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Planted:
    """Secrets that went through the network, and the ids of what they belong to."""

    canaries: tuple[bytes, ...]
    title_id: str


def block_files(network: Network) -> list[Path]:
    return sorted(path for path in network.paths.root.rglob("blockfile_*") if path.is_file())


def log_files(network: Network) -> list[Path]:
    return sorted(network.paths.logs.rglob("*.log"))


def forms(secret: bytes) -> Iterator[bytes]:
    """The shapes in which a secret could hide in a file: as it is, in hexadecimal, and in base 64 at any offset."""
    yield secret
    yield secret.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        yield encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4]


@pytest.fixture(scope="module")
def planted(told: Told) -> Planted:
    word = secrets.token_hex(8).upper()
    request: dict[str, Any] = issuance_request()
    document = request["document"]
    document["termsAndConditions"] = f"CANARY-TERMS-{word}"
    document["documentParties"]["shipper"]["partyName"] = f"CANARY SHIPPER {word}"
    document["declaredValue"] = 918273645.25
    carrier = told.cast.as_party(CARRIER)
    issued = carrier.run(ebl.issue(request))
    title_id = issued.result.title_id
    exporter, bank = told.cast.as_party(EXPORTER), told.cast.as_party(BANK)
    exporter.run(ebl.endorse(title_id, to=BANK))
    transferred = exporter.run(ebl.transfer(title_id, to=BANK))
    bank.outcome(transferred.transaction_id)
    surrendered = bank.run(ebl.surrender(title_id))
    carrier.outcome(surrendered.transaction_id)
    reason = f"canary reason {word}"
    carrier.run(ebl.reject(title_id, reason=reason))
    name = f"CANARY PARTY {word}"
    admin = told.cast.as_admin("shanghai")
    admin.run(parties.admit(f"canary-{word.lower()}", lei=fresh_lei(), name=name, roles=["TRADER"]))
    salt = bytes.fromhex(bank.run(documents.read(issued.result.document_id)).salt)
    texts = (f"CANARY-TERMS-{word}", f"CANARY SHIPPER {word}", "918273645.25", reason, name)
    reference = document["transportDocumentReference"]
    return Planted((*(text.encode() for text in (*texts, reference)), salt), title_id)


def test_no_planted_secret_is_in_any_nodes_block_files(told: Told, planted: Planted) -> None:
    files = block_files(told.network)
    assert len(files) >= 5, "two peers and three orderers keep blocks"
    for path in files:
        content = path.read_bytes()
        found = [canary for canary in planted.canaries for form in forms(canary) if form in content]
        assert found == [], path


def test_the_scan_would_find_what_is_public(told: Told, planted: Planted) -> None:
    # Another scenario has made a second channel, on which there are no titles.
    own = [path for path in block_files(told.network) if path.parent.name == told.network.topology.channel]
    assert len(own) >= 5
    assert all(planted.title_id.encode() in path.read_bytes() for path in own)


def test_no_planted_secret_is_in_any_log(told: Told, planted: Planted) -> None:
    files = log_files(told.network)
    assert files
    for path in files:
        content = path.read_bytes()
        assert [canary for canary in planted.canaries for form in forms(canary) if form in content] == [], path


def test_the_reason_reaches_the_parties_of_the_title(told: Told, planted: Planted) -> None:
    history = told.cast.as_party(BANK).run(ebl.history(planted.title_id))
    assert (history.entries[-1].remark or "").encode() in planted.canaries


def requests_served(network: Network) -> dict[str, int]:
    """How many requests each organisation's chaincode has made of its peer: unchanged where it was not run."""
    served = {}
    for organisation in network.topology.with_peer:
        paths = network.paths.organisation(organisation.name)
        port = network.topology.ports(organisation).peer_operations
        endpoint = Endpoint(port, paths.authority.tls_root.certificate, paths.admin.tls)
        metrics = endpoint.ask("GET", "/metrics").body.decode()
        counts = re.findall(r'^chaincode_shim_requests_received{.*channel="trade".*} (\S+)$', metrics, re.MULTILINE)
        served[organisation.name] = sum(int(float(count)) for count in counts)
    return served


def test_a_lodged_document_reaches_its_own_organisation_only(told: Told) -> None:
    carrier = told.cast.as_party(CARRIER)
    document = json.dumps(issuance_request()["document"]).encode()
    before = requests_served(told.network)
    carrier.run(documents.lodge(document))
    after = requests_served(told.network)
    assert after["shanghai"] > before["shanghai"] > 0
    assert after["hongkong"] == before["hongkong"] > 0


def test_a_shared_document_reaches_the_recipients_organisation_only(told: Told) -> None:
    issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    exporter, title_id = told.cast.as_party(EXPORTER), issued.result.title_id
    content = exporter.run(documents.read_of_title(title_id))
    told.cast.as_party(BANK).outcome(issued.transaction_id)
    transient = {"document": content.content.encode(), "salt": bytes.fromhex(content.salt)}
    request = ShareRequest(title_id=title_id, recipient=BANK)
    before = requests_served(told.network)
    exporter.submit("document:share", request, transient=transient, endorsing_organizations=["HongKongMSP"])
    after = requests_served(told.network)
    assert after["hongkong"] > before["hongkong"]
    assert after["shanghai"] == before["shanghai"]
