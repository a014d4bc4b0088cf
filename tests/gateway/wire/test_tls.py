"""The client's TLS: the key is in no file that stays, versions and protocols are bounded."""

import logging
import ssl
import stat
import tempfile
from pathlib import Path

import pytest

from tradelane.gateway.profile import TlsMaterial
from tradelane.gateway.wire import tls


def test_only_new_tls_with_http_2_and_checked_names(material: TlsMaterial) -> None:
    context = tls.context_of(material)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(context.get_ca_certs()) == 1


def test_the_key_touches_no_disk(material: TlsMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "mkstemp", lambda: pytest.fail("a file on the disk"))
    before = set(Path("/proc/self/fd").iterdir())
    tls.context_of(material)
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_where_there_are_no_files_in_memory_it_is_its_owners_and_gone_at_once(
    material: TlsMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tls, "_IN_MEMORY", tmp_path / "nowhere")
    with tls._as_file(b"content") as path:
        assert Path(path).parent == tmp_path
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert Path(path).read_bytes() == b"content"
    assert not list(tmp_path.iterdir())
    tls.context_of(material)
    assert not list(tmp_path.iterdir())


def test_it_is_gone_also_when_openssl_cannot_use_it(
    material: TlsMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tls, "_IN_MEMORY", tmp_path / "nowhere")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ssl.SSLError) as caught:
        tls.context_of(TlsMaterial(material.roots, material.certificate, b"not a key"))
    assert not list(tmp_path.iterdir())
    assert "not a key" not in caplog.text + str(caught.value)
