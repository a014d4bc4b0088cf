"""The server's certificate: its files, and their renewal while peers are served."""

import os
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID, Function
from tests.support.tls import Authority, write_pair
from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.server import ServerOptions, serving
from tradelane.chaincode.shim.tls import Credentials, TlsFiles

RENEWED = "the TLS files were replaced and are used from now on"
KEPT = "the TLS files were replaced and cannot be used"


@pytest.fixture
def authority() -> Authority:
    return Authority("tls-ca")


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> TlsFiles:
    key, certificate = write_pair(authority.issue(), tmp_path, "server")
    client_ca = tmp_path / "ca.pem"
    client_ca.write_bytes(authority.certificate)
    return TlsFiles(key, certificate, client_ca)


def peers_of(files: TlsFiles) -> Path:
    """Return the file of the peers' certificates."""
    assert files.client_ca is not None
    return files.client_ca


def _remarks(pem: bytes) -> bytes:
    return "# Prüfstelle für Gegenstellen\n".encode() + pem


def _of_an_unknown_curve(pem: bytes) -> bytes:
    """Return a certificate with the number of its key's curve changed to that of one nobody supports."""
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    known = bytes.fromhex("06082a8648ce3d030107")
    assert known in der
    return ssl.DER_cert_to_PEM_cert(der.replace(known, known[:-1] + b"\x05")).encode()


async def hello(stub: Stub) -> Response:
    return Response(200, payload=b"hello")


async def test_a_renewed_certificate_is_shown_to_the_next_peer_and_the_standing_stream_goes_on(
    authority: Authority, files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = authority.issue("peer0")
    successor = Authority("tls-ca-of-next-year")
    async with (
        serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", files), Function(hello)) as server,
        peer_of(server.port, authority.certificate, client) as standing,
    ):
        await standing.register()
        write_pair(successor.issue(), files.key.parent, "server")
        async with peer_of(server.port, successor.certificate, client) as renewed:
            await renewed.register()
            for peer in (standing, renewed):
                await peer.invoke()
                assert (await peer.completed()).payload == b"hello"
        async with peer_of(server.port, authority.certificate, client) as outdated:
            with pytest.raises(grpc.aio.AioRpcError):
                await outdated.receive()
    assert caplog.messages.count(RENEWED) == 1


async def test_a_renewed_list_of_peers_holds_for_the_next_peer(authority: Authority, files: TlsFiles) -> None:
    others = Authority("other-peers")
    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", files), Function(hello)) as server:
        peers_of(files).write_bytes(others.certificate)
        async with peer_of(server.port, authority.certificate, others.issue("peer1")) as let_in:
            await let_in.register()
        async with peer_of(server.port, authority.certificate, authority.issue("peer0")) as shut_out:
            with pytest.raises(grpc.aio.AioRpcError):
                await shut_out.receive()


def _half_renewed(files: TlsFiles) -> None:
    files.key.write_bytes(Authority("elsewhere").issue().key)


def _gone(files: TlsFiles) -> None:
    files.certificate.unlink()


def _cut(files: TlsFiles) -> None:
    os.truncate(files.certificate, 100)


def _unknown_curve(files: TlsFiles) -> None:
    files.certificate.write_bytes(_of_an_unknown_curve(files.certificate.read_bytes()))


async def test_remarks_in_any_language_may_stand_beside_the_certificates(authority: Authority, files: TlsFiles) -> None:
    peers_of(files).write_bytes(_remarks(authority.certificate) * 2)
    files.certificate.write_bytes(_remarks(files.certificate.read_bytes()))
    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", files), Function(hello)) as server:
        peers_of(files).write_bytes(_remarks(authority.certificate))
        async with peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer:
            await peer.register()
        async with peer_of(server.port, authority.certificate, Authority("other").issue("peer0")) as stranger:
            with pytest.raises(grpc.aio.AioRpcError):
                await stranger.receive()


def test_whatever_reading_the_files_raises_changes_nothing(files: TlsFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials(files)
    before = credentials.context()

    def fail(_: bytes) -> None:
        raise LookupError("nobody has thought of it")

    monkeypatch.setattr(x509, "load_pem_x509_certificates", fail)
    peers_of(files).write_bytes(peers_of(files).read_bytes() * 2)
    assert credentials.context() is before
    with pytest.raises(CannotServe):
        Credentials(files)


@pytest.mark.parametrize("damage", [_half_renewed, _gone, _cut, _unknown_curve])
async def test_files_that_cannot_be_used_leave_the_certificate_as_it_was_until_they_can(
    damage: Callable[[TlsFiles], None], authority: Authority, files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = authority.issue("peer0")
    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", files), Function(hello)) as server:
        damage(files)
        async with peer_of(server.port, authority.certificate, client) as peer:
            await peer.register()
        assert any(message.startswith(KEPT) for message in caplog.messages)
        write_pair(authority.issue(), files.key.parent, "server")
        async with peer_of(server.port, authority.certificate, client) as peer:
            await peer.register()
        assert RENEWED in caplog.messages


ASKED_FOR_NONE = "peers are asked for no client certificate"


async def test_a_peer_without_a_certificate_is_served_where_the_operator_says_so(
    authority: Authority, files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    open_to_all = replace(files, client_ca=None)
    async with (
        serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", open_to_all), Function(hello)) as server,
        peer_of(server.port, authority.certificate) as peer,
    ):
        await peer.register()
        await peer.invoke()
        assert (await peer.completed()).payload == b"hello"
    (warning,) = [each for each in caplog.records if each.message.startswith(ASKED_FOR_NONE)]
    assert warning.levelname == "WARNING"
    assert "can play the peer" in warning.message


async def test_a_peer_without_a_certificate_is_turned_away_otherwise(
    authority: Authority, files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", files), Function(hello)) as server,
        peer_of(server.port, authority.certificate) as peer,
    ):
        with pytest.raises(grpc.aio.AioRpcError):
            await peer.receive()
    assert not any(message.startswith(ASKED_FOR_NONE) for message in caplog.messages)


def test_the_end_of_the_certificate_is_logged(files: TlsFiles, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    Credentials(files)
    (record,) = caplog.records
    shown = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert vars(record)["expires"] == shown.not_valid_after_utc.isoformat()
    assert vars(record)["serial"] == f"{shown.serial_number:x}"


def test_a_certificate_that_has_expired_is_said(
    authority: Authority, files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    write_pair(authority.issue(days=1), files.key.parent, "server")
    Credentials(files)
    assert "the TLS certificate has expired: peers will refuse it" in caplog.messages


WRONG: dict[str, tuple[Callable[[TlsFiles], object], str]] = {
    "no pair": (_half_renewed, "does not belong to the certificate"),
    "missing": (_gone, "cannot read the TLS file"),
    "cut": (_cut, "holds no PEM certificate"),
    "no key": (lambda files: files.key.write_bytes(b"-"), "holds no PEM private key"),
    "unknown curve": (_unknown_curve, "the TLS files"),
    "no CA": (lambda files: peers_of(files).write_bytes(b""), "holds no PEM certificate"),
}


@pytest.mark.parametrize(("damage", "reason"), WRONG.values(), ids=WRONG)
def test_files_that_cannot_be_used_keep_the_server_from_starting(
    damage: Callable[[TlsFiles], object], reason: str, files: TlsFiles
) -> None:
    damage(files)
    with pytest.raises(CannotServe, match=reason):
        Credentials(files)
