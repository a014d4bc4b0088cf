"""What must never reach the ledger, a log, or a peer of an organisation that may not see it."""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from tests.support.told import Told
from tradelane.gateway import documents, ebl, parties
from tradelane.network import Network

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
    bank.status(_commit(transferred.transaction_id))
    surrendered = bank.run(ebl.surrender(title_id))
    carrier.status(_commit(surrendered.transaction_id))
    reason = f"canary reason {word}"
    carrier.run(ebl.reject(title_id, reason=reason))
    name = f"CANARY PARTY {word}"
    admin = told.cast.as_admin("shanghai")
    admin.run(parties.admit(f"canary-{word.lower()}", lei=fresh_lei(), name=name, roles=["TRADER"]))
    salt = bytes.fromhex(bank.run(documents.read(issued.result.document_id)).salt)
    texts = (f"CANARY-TERMS-{word}", f"CANARY SHIPPER {word}", "918273645.25", reason, name)
    reference = document["transportDocumentReference"]
    return Planted((*(text.encode() for text in (*texts, reference)), salt), title_id)


def _commit(transaction_id: str) -> Any:
    from tradelane.gateway import Commit

    return Commit(transaction_id, "trade", b"")


def fresh_lei() -> str:
    from stdnum.iso7064 import mod_97_10

    body = "3003000" + secrets.token_hex(5).upper() + "0"
    return body + str(mod_97_10.calc_check_digits(body))


def test_no_planted_secret_is_in_any_nodes_block_files(told: Told, planted: Planted) -> None:
    files = block_files(told.network)
    assert len(files) >= 5, "two peers and three orderers keep blocks"
    for path in files:
        content = path.read_bytes()
        found = [canary for canary in planted.canaries for form in forms(canary) if form in content]
        assert found == [], path


def test_the_scan_would_find_what_is_public(told: Told, planted: Planted) -> None:
    assert all(planted.title_id.encode() in path.read_bytes() for path in block_files(told.network))


def test_no_planted_secret_is_in_any_log(told: Told, planted: Planted) -> None:
    files = log_files(told.network)
    assert files
    for path in files:
        content = path.read_bytes()
        assert [canary for canary in planted.canaries for form in forms(canary) if form in content] == [], path


def test_the_reason_reaches_the_parties_of_the_title(told: Told, planted: Planted) -> None:
    history = told.cast.as_party(BANK).run(ebl.history(planted.title_id))
    assert (history.entries[-1].remark or "").encode() in planted.canaries


def service_logs(network: Network) -> dict[str, str]:
    return {org: (network.paths.logs / f"chaincode-{org}.log").read_text() for org in ("hongkong", "shanghai")}


def test_a_lodged_document_reaches_its_own_organisation_only(told: Told) -> None:
    document = json.dumps(issuance_request()["document"]).encode()
    lodged = told.cast.as_party(CARRIER).run(documents.lodge(document))
    logs = service_logs(told.network)
    assert lodged.transaction_id in logs["shanghai"]
    assert lodged.transaction_id not in logs["hongkong"]


def test_a_shared_document_reaches_the_recipients_organisation_only(told: Told) -> None:
    issued = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    shared = told.cast.as_party(EXPORTER).run(documents.share(issued.result.title_id, to=BANK))
    logs = service_logs(told.network)
    assert shared.transaction_id in logs["hongkong"]
    assert shared.transaction_id not in logs["shanghai"]
