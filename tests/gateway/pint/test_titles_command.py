"""`tradelane pint`: what has come in, as files; what is disputed, and how it is settled."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import Run
from tests.gateway.pint.test_scenarios import INVOICE, PACKING
from tests.support.pint import CHECKSUM, DOCUMENT, HERE, THERE, Keys, Letters, Place, left_for
from tests.support.trade import BANK, IMPORTER
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import DocumentMetadata
from tradelane.gateway.pint.along import plain_name
from tradelane.gateway.pint.envelope import describe
from tradelane.gateway.pint.home import load
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.receiving import Accepted, finished
from tradelane.gateway.pint.store import Held, Sending, Store


@pytest.fixture
def home(act: Run, tmp_path: Path) -> Path:
    directory = tmp_path / "bridge"
    assert act("pint", "init", str(directory), "--operator", "harbour-bridge", "--json")[0] == 0
    return directory


@pytest.fixture
def store(home: Path) -> Store:
    return load(home).store()


def held(entries: list[str], *, here: bool = True) -> Held:
    return Held(CHECKSUM, tuple(entries), here=here, document=DOCUMENT, holder=IMPORTER, version=1)


def come_in(store: Store, letters: Letters, *along: tuple[str, bytes]) -> None:
    documents = [describe(name, content, "application/pdf") for name, content in along]
    for described, (_, content) in zip(documents, along, strict=True):
        store.add_document(CHECKSUM, described.document_checksum, content)
    entry = letters.first()
    store.accept(None, held([entry]), "0" * 64, Accepted(entry, ()), documents)


def test_what_came_in_is_written_into_a_folder_and_stays_in_it(
    act: Run, home: Path, store: Store, letters: Letters, tmp_path: Path
) -> None:
    come_in(store, letters, ("../../etc/invoice.pdf", INVOICE), ("etc_invoice.pdf", PACKING))
    to = tmp_path / "bill"
    status, out, _ = act("pint", "export", CHECKSUM, "--home", str(home), "--to", str(to), "--json")
    assert status == 0
    rows = {row["name"]: row["checksum"] for row in json.loads(out)}
    assert {path.name for path in to.iterdir()} == set(rows)
    assert all((to / name).resolve().parent == to.resolve() for name in rows)
    assert json.loads((to / "transport-document.json").read_text()) == DOCUMENT
    written = {checksums.of_bytes((to / name).read_bytes()) for name in rows}
    assert {checksums.of_bytes(INVOICE), checksums.of_bytes(PACKING)} <= written
    assert (to.stat().st_mode & 0o777, next(to.iterdir()).stat().st_mode & 0o777) == (0o700, 0o600)
    assert act("pint", "export", CHECKSUM, "--home", str(home), "--to", str(to))[0] == 2


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../x", "_x"),
        ("a/b\\c:d\x00e", "a_b_c_d_e"),
        ("..", "0" * 16),
        ("/", "_"),
        (".hidden", "hidden"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_never_leads_elsewhere(name: str, plain: str) -> None:
    assert plain_name(name, "0" * 64) == plain


def test_of_a_title_nobody_has_sent_there_is_nothing(act: Run, home: Path, tmp_path: Path) -> None:
    status, _, err = act("pint", "export", CHECKSUM, "--home", str(home), "--to", str(tmp_path / "x"))
    assert (status, "[NOT_IN_STORE]" in err) == (2, True)


def test_what_was_received_and_disputed_is_listed_with_what_its_sender_signed(
    act: Run, place: Place, keys: Keys, letters: Letters
) -> None:
    with place.receiving(keys) as found:
        assert found.wire.code(found.wire.start(letters.envelope())) == (200, "RECE")
        rival = letters.envelope([letters.first(left_for(to=BANK))])
        for _ in range(2):
            assert found.wire.code(found.wire.start(rival)) == (409, "DISE")
        (kept,) = found.store.disputes()
        assert (kept.sender, kept.last_entry) == (HERE, rival["envelopeTransferChain"][-1])
        assert "on this platform" in kept.reason


def sent(store: Store, keys: Keys, letters: Letters, code: ResponseCode) -> dict[str, Any]:
    envelope = letters.envelope()
    entries = envelope["envelopeTransferChain"]
    left = held(entries, here=False)
    store.send(None, left, Sending(THERE, envelope))
    answer = keys.signers[THERE].sign(finished(code, checksums.of_signed(entries[-1]), reason="We have it already."))
    store.answered(left, left, code.value, answer)
    return envelope


@pytest.mark.parametrize(("favour", "here"), [("ours", True), ("theirs", False)])
def test_a_dispute_over_a_foreign_title_is_settled(
    act: Run, home: Path, store: Store, keys: Keys, letters: Letters, tmp_path: Path, favour: str, here: bool
) -> None:
    sent(store, keys, letters, ResponseCode.DISE)
    agreement = tmp_path / "agreement.pdf"
    agreement.write_bytes(b"signed by both")
    status, out, _ = act("pint", "disputes", "--home", str(home), "--json")
    (found,) = json.loads(out)
    assert (status, found["direction"], found["platform"], found["reason"]) == (0, "sent", THERE, "We have it already.")
    command = ("pint", "settle", CHECKSUM, "--home", str(home), "--in-favour-of", favour, "--agreement", str(agreement))
    status, out, _ = act(*command, "--json")
    assert (status, json.loads(out)) == (0, {"documentChecksum": CHECKSUM, "here": here})
    after = store.title(CHECKSUM)
    assert after is not None
    assert (after.here, len(after.chain)) == (here, 0 if here else 1)
    assert json.loads(act("pint", "disputes", "--home", str(home), "--json")[1]) == []
    status, _, err = act(*command)
    assert (status, "[NOT_DISPUTED]" in err) == (2, True)


def test_what_was_accepted_is_not_disputed(
    act: Run, home: Path, store: Store, keys: Keys, letters: Letters, tmp_path: Path
) -> None:
    sent(store, keys, letters, ResponseCode.RECE)
    agreement = tmp_path / "agreement.pdf"
    agreement.write_bytes(b"forged")
    command = ("pint", "settle", CHECKSUM, "--home", str(home), "--in-favour-of", "ours", "--agreement", str(agreement))
    status, _, err = act(*command)
    assert (status, "[NOT_DISPUTED]" in err) == (2, True)


def test_what_came_along_is_named_by_the_newest_manifest(store: Store, letters: Letters) -> None:
    come_in(store, letters, ("invoice.pdf", INVOICE))
    before = store.title(CHECKSUM)
    assert before is not None
    renamed: list[DocumentMetadata] = [describe("renamed.pdf", INVOICE, "application/pdf")]
    store.accept(before, before, "1" * 64, Accepted(letters.first(), ()), renamed)
    assert [each.name for each in store.received(CHECKSUM)] == ["renamed.pdf"]
