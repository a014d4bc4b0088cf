"""Signing identities and profile directories: what is accepted, and each way they can be unusable."""

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.gateway.conftest import MSP, USER, write_profile
from tests.support.pki import DAY, NOW, Authority, Pair
from tradelane.gateway.errors import IdentityError, OfflineError, ProfileError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import key_pem, supported
from tradelane.gateway.profile import load_profile
from tradelane.gateway.secret import Secret
from tradelane.gateway.transport import tls_certificate_hash

OPEN = "open sesame"


def test_the_key_does_not_show_in_the_identitys_text(signer: Pair) -> None:
    identity = Identity.load(MSP, signer.certificate_pem, signer.key_pem)
    assert "PRIVATE" not in repr(identity)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    assert str(signer.key.private_numbers().private_value) not in repr(identity)


def test_an_identity_without_its_key_names_the_creator_and_signs_nothing(signer: Pair) -> None:
    identity = Identity.offline(MSP, signer.certificate_pem)
    assert (identity.msp_id, identity.certificate_pem) == (MSP, signer.certificate_pem)
    with pytest.raises(OfflineError, match="hand the signature in") as raised:
        identity.sign(b"message")
    assert (raised.value.code, raised.value.exit_status) == ("SIGNATURE_NEEDED", 2)
    with pytest.raises(IdentityError) as malformed:
        Identity.offline(MSP, b"nothing")
    assert malformed.value.code == "CERTIFICATE_MALFORMED"


def code_of(certificate: bytes, key: bytes, passphrase: Secret | None = None) -> str:
    with pytest.raises(IdentityError) as raised:
        Identity.load(MSP, certificate, key, passphrase=passphrase)
    assert raised.value.exit_status == 6
    return raised.value.code


def test_unusable_pairs_are_named(authority: Authority, signer: Pair) -> None:
    other = authority.issue("other")
    expired = authority.issue("user", begin=NOW - 2 * DAY, end=NOW - timedelta(hours=1))
    early = authority.issue("user", begin=NOW + timedelta(hours=1), end=NOW + DAY)
    odd = authority.issue("user", key=ec.generate_private_key(ec.SECP521R1()))
    rsa_ = authority.issue("user", key=rsa.generate_private_key(65537, 2048))
    root = authority.root.certificate_pem
    assert code_of(signer.certificate_pem, other.key_pem) == "KEY_MISMATCH"
    assert code_of(expired.certificate_pem, expired.key_pem) == "CERTIFICATE_EXPIRED"
    assert code_of(early.certificate_pem, early.key_pem) == "CERTIFICATE_NOT_YET_VALID"
    assert code_of(odd.certificate_pem, odd.key_pem) == "KEY_UNSUPPORTED"
    assert code_of(rsa_.certificate_pem, rsa_.key_pem) == "KEY_UNSUPPORTED"
    assert code_of(signer.certificate_pem, signer.key_pem[:100]) == "KEY_MALFORMED"
    assert code_of(signer.certificate_pem[:-40], signer.key_pem) == "CERTIFICATE_MALFORMED"
    assert code_of(signer.certificate_pem + root, signer.key_pem) == "CERTIFICATE_CHAIN"
    assert code_of(root, authority.root.key_pem) == "CERTIFICATE_OF_CA"
    assert code_of(signer.key_pem, signer.key_pem) == "CERTIFICATE_MALFORMED"
    assert code_of(signer.certificate_pem, b"nothing") == "KEY_MALFORMED"
    assert code_of(b"nothing", signer.key_pem) == "CERTIFICATE_MALFORMED"


def encrypted(pair: Pair) -> bytes:
    return key_pem(supported(pair.key), lambda: OPEN)


def test_an_encrypted_key_opens_with_its_passphrase_only(signer: Pair) -> None:
    asked: list[str] = []

    def passphrase() -> str:
        asked.append("once")
        return OPEN

    identity = Identity.load(MSP, signer.certificate_pem, encrypted(signer), passphrase=passphrase)
    signer.public_key.verify(identity.sign(b"message"), b"message", ec.ECDSA(hashes.SHA256()))
    assert asked == ["once"]
    assert code_of(signer.certificate_pem, encrypted(signer)) == "KEY_ENCRYPTED"
    assert code_of(signer.certificate_pem, encrypted(signer), lambda: "wrong") == "PASSPHRASE_WRONG"


def test_nobody_is_asked_for_the_passphrase_of_an_open_key(signer: Pair) -> None:
    def passphrase() -> str:
        raise AssertionError("asked")

    Identity.load(MSP, signer.certificate_pem, signer.key_pem, passphrase=passphrase)


@pytest.mark.parametrize("passphrase", [None, OPEN])
def test_a_pkcs12_file_is_an_identity(authority: Authority, signer: Pair, passphrase: str | None) -> None:
    encryption = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else None
    content = pkcs12.serialize_key_and_certificates(
        b"exporter", signer.key, signer.certificate, [authority.root.certificate],
        encryption or serialization.NoEncryption(),
    )  # fmt: skip
    secret = (lambda: passphrase) if passphrase else None
    identity = Identity.load_pkcs12(MSP, content, secret)
    assert identity.certificate_pem == signer.certificate_pem
    signer.public_key.verify(identity.sign(b"message"), b"message", ec.ECDSA(hashes.SHA256()))


def test_an_unusable_pkcs12_file_is_explained(authority: Authority, signer: Pair) -> None:
    def code(content: bytes, passphrase: str | None = OPEN) -> str:
        with pytest.raises(IdentityError) as raised:
            Identity.load_pkcs12(MSP, content, (lambda: passphrase) if passphrase else None)
        return raised.value.code

    sealed = serialization.BestAvailableEncryption(OPEN.encode())
    content = pkcs12.serialize_key_and_certificates(None, signer.key, signer.certificate, None, sealed)
    keyless = pkcs12.serialize_key_and_certificates(None, None, signer.certificate, None, sealed)
    rsa_ = authority.issue("user", key=rsa.generate_private_key(65537, 2048))
    unsupported = pkcs12.serialize_key_and_certificates(None, rsa_.key, rsa_.certificate, None, sealed)
    assert code(content, "wrong") == "PKCS12_UNREADABLE"
    assert code(content, None) == "PKCS12_UNREADABLE"
    assert code(content[:-20]) == "PKCS12_UNREADABLE"
    assert code(signer.certificate_pem) == "PKCS12_UNREADABLE"
    assert code(keyless) == "PKCS12_UNREADABLE"
    assert code(unsupported) == "KEY_UNSUPPORTED"


@pytest.fixture
def directory(tmp_path: Path, authority: Authority, signer: Pair, tls_pairs: tuple[Pair, Pair]) -> Path:
    return write_profile(tmp_path / "shanghai", "127.0.0.1:7151", authority, signer, tls_pairs[1])


def test_a_profile_holds_all_it_takes_to_connect(directory: Path, signer: Pair) -> None:
    profile = load_profile(directory, USER)
    assert (profile.network.channel, profile.network.peers[0].endpoint) == ("trade", "127.0.0.1:7151")
    assert (profile.identity.msp_id, profile.identity.certificate_pem) == (MSP, signer.certificate_pem)
    assert (profile.user.party_id, profile.user.role) == ("shexporter", "signer")


def test_the_tls_certificates_hash_is_over_its_der(directory: Path, tls_pairs: tuple[Pair, Pair]) -> None:
    der = tls_pairs[1].certificate.public_bytes(serialization.Encoding.DER)
    assert tls_certificate_hash(load_profile(directory, USER)) == hashlib.sha256(der).digest()


def edit_profile(directory: Path, **changes: object) -> None:
    path = directory / "profile.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def exchange(home: Path, one: str, other: str) -> None:
    first, second = (home / one).read_bytes(), (home / other).read_bytes()
    (home / one).write_bytes(second)
    (home / other).write_bytes(first)


def write_token(directory: Path, module: str) -> None:
    place = {"module": module, "token": "bank", "keyLabel": "signer", "pinVariable": "BANK_PIN"}
    (directory / "users" / USER / "token.json").write_text(json.dumps(place))


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: (d / "profile.json").unlink(), "PROFILE_FILE_MISSING"),
        (lambda d: (d / "tls-roots.pem").unlink(), "PROFILE_FILE_MISSING"),
        (lambda d: (d / "users" / USER / "cert.pem").unlink(), "PROFILE_FILE_MISSING"),
        (lambda d: (d / "users" / USER / "tls-key.pem").unlink(), "PROFILE_FILE_MISSING"),
        (lambda d: (d / "users" / USER).rename(d / "users" / "else"), "UNKNOWN_USER"),
        (lambda d: (d / "profile.json").write_text("{"), "PROFILE_MALFORMED"),
        (lambda d: edit_profile(d, peers=[]), "PROFILE_MALFORMED"),
        (lambda d: edit_profile(d, version=2), "PROFILE_MALFORMED"),
        (lambda d: edit_profile(d, peers=[{"endpoint": "nowhere", "serverName": "x"}]), "PROFILE_MALFORMED"),
        (lambda d: (d / "users" / USER / "user.json").write_text('{"name":"x","role":"king"}'), "PROFILE_MALFORMED"),
        (lambda d: (d / "users" / USER / "key.pem").chmod(0o640), "KEY_EXPOSED"),
        (lambda d: (d / "users" / USER / "tls-key.pem").chmod(0o604), "KEY_EXPOSED"),
        (lambda d: (d / "tls-roots.pem").unlink() or (d / "tls-roots.pem").mkdir(), "PROFILE_UNREADABLE"),
        (lambda d: (d / "tls-roots.pem").write_text("nothing"), "TLS_ROOTS_MALFORMED"),
        (lambda d: (d / "users" / USER / "tls-cert.pem").write_text("nothing"), "TLS_CERTIFICATE_MALFORMED"),
        (lambda d: (d / "users" / USER / "tls-key.pem").write_text("nothing"), "TLS_KEY_MALFORMED"),
        (lambda d: exchange(d / "users" / USER, "key.pem", "tls-key.pem"), "KEY_MISMATCH"),
        (lambda d: exchange(d / "users" / USER, "cert.pem", "tls-cert.pem"), "KEY_MISMATCH"),
        (lambda d: edit_profile(d, authority={"url": "http://x", "enrolment": "ca", "tls": "t"}), "PROFILE_MALFORMED"),
        (lambda d: (d / "users" / USER / "token.json").write_text("{}"), "PROFILE_MALFORMED"),
        (lambda d: write_token(d, "/nonexistent/module.so"), "MODULE_UNUSABLE"),
    ],
)
def test_an_unusable_profile_is_explained(directory: Path, spoil: Callable[[Path], object], code: str) -> None:
    spoil(directory)
    with pytest.raises(ProfileError) as raised:
        load_profile(directory, USER)
    assert (raised.value.code, raised.value.exit_status) == (code, 6)


def test_a_token_without_the_library_for_it_says_what_to_install(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_token(directory, "module.so")
    for name in ("tradelane.gateway.hsm", "tradelane.gateway.token_session"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(IdentityError, match=r"tradelane\[pkcs11\]") as raised:
        load_profile(directory, USER)
    assert raised.value.code == "PKCS11_MISSING"


@pytest.mark.parametrize("user", ["", ".", "..", "../users/exporter", "nobody"])
def test_a_user_is_one_of_the_profiles_own(directory: Path, user: str) -> None:
    with pytest.raises(ProfileError, match="there are: exporter"):
        load_profile(directory, user)


def test_a_missing_profile_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="network up") as raised:
        load_profile(tmp_path / "absent", USER)
    assert raised.value.code == "PROFILE_MISSING"
