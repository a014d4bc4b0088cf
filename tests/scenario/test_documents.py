"""A title's documents on the real network: attached, shared along, read, verified, and nowhere in a block."""

import base64
import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, IMPORTER, issuance_request
from tests.support.told import Told
from tradelane.gateway import Refused, attachments, documents, ebl
from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.issuance import Visualisation, request_with
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.store import FileStore, keep, receive
from tradelane.gateway.trade.attachments import File
from tradelane.gateway.trade.verification import verify
from tradelane.model.attachment import LARGE_FROM_BYTES, AttachmentKind
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

SIGNER = signing.generate()
CARRIERS = TrustedKeys({CARRIER: [signing.published(SIGNER)]})


@dataclass(frozen=True)
class Bill:
    """A title with a visualisation, a signed manifest, an invoice and a large scan, in the bank's hands."""

    title_id: str
    secrets: tuple[bytes, ...]
    invoice: bytes
    scan: File


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileStore, FileStore]:
    return FileStore(tmp_path_factory.mktemp("shanghai")), FileStore(tmp_path_factory.mktemp("hongkong"))


@pytest.fixture(scope="module")
def bill(told: Told, stores: tuple[FileStore, FileStore]) -> Bill:
    word = secrets.token_hex(8)
    rendered = Visualisation(f"canary-bill-{word}.pdf", f"%PDF-1.7 canary rendering {word}".encode())
    carrier, exporter = told.cast.as_party(CARRIER), told.cast.as_party(EXPORTER)
    title_id = carrier.run(ebl.issue(request_with(issuance_request(), SIGNER, rendered))).result.title_id
    invoice = f"%PDF-1.7 canary invoice {word}".encode()
    exporter.run(attachments.attach(title_id, File.of(f"canary-invoice-{word}.pdf", invoice)))
    content = b"%PDF-1.7 " + word.encode() + bytes(LARGE_FROM_BYTES)
    scan = keep(io.BytesIO(content), f"canary-scan-{word}.pdf", stores[0])
    exporter.run(attachments.attach(title_id, scan))
    exporter.run(ebl.endorse(title_id, to=BANK))
    done = exporter.run(ebl.transfer(title_id, to=BANK))
    told.cast.as_party(BANK).outcome(done.transaction_id)
    found = told.cast.as_party(BANK).run(attachments.attached(title_id))
    said = [view.description for view in found if view.description is not None]
    hidden = [each.checksum.encode() for each in said] + [each.salt.encode() for each in said]
    names = [each.name.encode() for each in said if "canary" in each.name]
    return Bill(title_id, (rendered.content, invoice, word.encode(), *names, *hidden), invoice, scan)


def test_the_documents_have_reached_the_bank_with_the_title(told: Told, bill: Bill) -> None:
    bank = told.cast.as_party(BANK)
    views = bank.run(attachments.attached(bill.title_id))
    kinds = [view.attached.kind for view in views]
    assert kinds == [
        AttachmentKind.VISUALISATION,
        AttachmentKind.ISSUANCE_MANIFEST,
        AttachmentKind.SUPPORTING,
        AttachmentKind.SUPPORTING,
    ]
    assert all(view.description is not None for view in views)
    read = bank.run(attachments.read_attachment(bill.title_id, views[2].attached.attachment_id))
    assert read.content == bill.invoice


def test_the_bank_verifies_them_with_the_carriers_keys(told: Told, bill: Bill) -> None:
    findings = told.cast.as_party(BANK).run(verify(bill.title_id, carriers=CARRIERS))
    assert [finding.holds for finding in findings] == [True, True, True, True, None, True]
    document = told.cast.as_party(BANK).run(documents.read_of_title(bill.title_id))
    assert findings[0].checksum == sha256(document.content.encode()).hexdigest()


def test_a_large_file_is_handed_over_outside_the_channel(
    told: Told, bill: Bill, stores: tuple[FileStore, FileStore]
) -> None:
    bank = told.cast.as_party(BANK)
    said = [view.description for view in bank.run(attachments.attached(bill.title_id)) if view.description]
    handed = b"".join(stores[0].read(bill.scan.checksum))
    assert receive(io.BytesIO(handed), said, stores[1]).name == bill.scan.name
    assert b"".join(stores[1].read(bill.scan.checksum)) == handed


def test_who_was_not_given_them_sees_their_number_only(told: Told, bill: Bill) -> None:
    carrier, importer = told.cast.as_party(CARRIER), told.cast.as_party(IMPORTER)
    seen = carrier.run(attachments.attached(bill.title_id))
    assert [view.description is not None for view in seen] == [True, True, False, False]
    with pytest.raises(Refused) as refused:
        carrier.run(attachments.read_attachment(bill.title_id, seen[2].attached.attachment_id))
    assert refused.value.reason is Code.NOT_A_PARTY
    with pytest.raises(Refused) as refused:
        importer.run(attachments.attached(bill.title_id))
    assert refused.value.reason is Code.NOT_A_PARTY


def test_the_party_in_control_adds_and_nobody_else(told: Told, bill: Bill) -> None:
    file = File.of("letter.txt", b"the bank's letter")
    with pytest.raises(Refused) as refused:
        told.cast.as_party(EXPORTER).run(attachments.attach(bill.title_id, file))
    assert refused.value.reason is Code.NOT_IN_CONTROL
    bank = told.cast.as_party(BANK)
    done = bank.run(attachments.attach(bill.title_id, file), request_id=f"letter-{bill.title_id}")
    again = bank.run(attachments.attach(bill.title_id, file), request_id=f"letter-{bill.title_id}")
    assert (again.result, again.transaction_id) == (done.result, done.transaction_id)
    views = bank.run(attachments.attached(bill.title_id))
    assert [view.attached.attachment_id for view in views].count(done.result.attachment_id) == 1
    assert views[-1].attached.title_sequence == 3


def forms(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        yield encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4]


def kept_files(told: Told) -> list[Path]:
    """Blocks and the programs' logs; the peers' own databases keep private data, which is what they are for."""
    paths = told.network.paths
    return [*paths.root.rglob("blockfile_*"), *paths.logs.rglob("*.log")]


def test_nothing_of_them_is_in_any_nodes_blocks_or_logs(told: Told, bill: Bill) -> None:
    paths = kept_files(told)
    assert sum(path.name.startswith("blockfile_") for path in paths) >= 5
    for path in paths:
        content = path.read_bytes()
        assert [secret for secret in bill.secrets for form in forms(secret) if form in content] == [], path
    # Another scenario has made a second channel, on which there are no titles.
    own = [path for path in paths if path.parent.name == told.network.topology.channel]
    assert len(own) >= 5
    assert all(bill.title_id.encode() in path.read_bytes() for path in own)
