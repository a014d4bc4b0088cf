"""`tradelane document` as people use it: what goes wrong is one sentence, what was written is private."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.bill import as_bytes, issuance_request, transport_document
from tests.support.trade import PDF
from tradelane.gateway.cli import root
from tradelane.gateway.dcsa import checksums, signing

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: str) -> tuple[int, str, str]:
        status = root.run(list(words))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.mark.parametrize("content", [transport_document(), issuance_request()], ids=["document", "request"])
def test_check_shows_dcsas_checksum(run: Run, tmp_path: Path, content: dict[str, object]) -> None:
    path = tmp_path / "bill.json"
    path.write_bytes(as_bytes(content))
    status, out, _ = run("document", "check", str(path), "--json")
    assert status == 0
    assert json.loads(out) == {"checksum": checksums.of_json(transport_document()), "lookalikes": []}


def test_check_flags_a_name_that_looks_like_another(run: Run, tmp_path: Path) -> None:
    document = transport_document()
    document["documentParties"]["issuingParty"]["partyName"] = "Exp\u043erter Ltd"
    path = tmp_path / "bill.json"
    path.write_bytes(as_bytes(document))
    status, out, _ = run("document", "check", str(path))
    assert (status, "issuingParty" in out, "Cyrillic" in out, "looks the same" in out) == (0, True, True, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a":1,"a":2}', "stands twice"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper than 32"),
        (b"", "not JSON"),
        (as_bytes(transport_document()).replace(b'"KGM"', b'"OUNCE"'), "consignmentItems[0].cargoItems[0]"),
    ],
)
def test_check_names_the_place_and_the_rule(run: Run, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "bill.json"
    path.write_bytes(content)
    status, out, err = run("document", "check", str(path))
    assert (status, out, says in err, err.endswith("[INVALID_DOCUMENT]\n")) == (2, "", True, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("attach", "1" * 32, "nowhere.pdf"), "FILE_UNREADABLE"),
        (("attach", "1" * 32, "empty.pdf"), "EMPTY_DOCUMENT"),
        (("attach", "1" * 32, "false.png"), "WRONG_MEDIA_TYPE"),
        (("read", "1" * 32, "--attachment", "2" * 32), "USAGE"),
        (("verify", "1" * 32, "--keys", "keys.json"), "USAGE"),
        (("verify", "1" * 32, "--keys", "carrier=keys.json"), "BAD_KEY_SET"),
        (("export", "1" * 32, "--to", "."), "FILE_UNWRITABLE"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "false.png").write_bytes(PDF)
    (tmp_path / "keys.json").write_bytes(b"{}")
    status, _, err = run("--profile", str(tmp_path), "--as", "clerk", "document", *words)
    assert (status, err.endswith(f"[{code}]\n")) == (2, True), err


def test_a_carriers_signature_and_rendering_are_added_on_the_way(tmp_path: Path) -> None:
    from tradelane.gateway.cli.issuance import completed
    from tradelane.gateway.store import FileStore
    from tradelane.gateway.trade.issuance import manifest_of, read_issuance
    from tradelane.model.attachment import LARGE_FROM_BYTES, AttachmentKind

    key, rendering = tmp_path / "key.pem", tmp_path / "bill.pdf"
    signer = signing.generate()
    signing.save(signer, key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    rendering.write_bytes(b"%PDF-" + bytes(LARGE_FROM_BYTES))
    store = FileStore(tmp_path / "store")
    content = completed(as_bytes(issuance_request()), rendering, key, lambda: store)
    files = read_issuance(content).files
    trusted = signing.TrustedKeys({"shcarrier": [signing.published(signer)]})
    assert manifest_of(files[AttachmentKind.ISSUANCE_MANIFEST], trusted)[1] == "shcarrier"
    assert store.has(files[AttachmentKind.VISUALISATION].checksum)
