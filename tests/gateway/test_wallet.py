"""The users of a profile directory: added whole or not at all, closed to others, never overwritten."""

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.gateway.conftest import USER, write_profile
from tests.support.pki import DAY, NOW, Authority, Pair
from tests.support.softhsm import SoftHsm
from tradelane.gateway.errors import GatewayError, IdentityError, InputError
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.keys import key_pem, supported
from tradelane.gateway.profile import TokenFile, load_profile
from tradelane.gateway.token_session import module_of
from tradelane.gateway.wallet import Credentials, Wallet

ATTRIBUTES = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")


@pytest.fixture
def wallet(tmp_path: Path, authority: Authority, signer: Pair, tls_pairs: tuple[Pair, Pair]) -> Wallet:
    return Wallet(write_profile(tmp_path / "shanghai", "127.0.0.1:7151", authority, signer, tls_pairs[1]))


def credentials(signing: Pair, tls: Pair) -> Credentials:
    return Credentials(signing.certificate_pem, signing.key_pem, tls.certificate_pem, tls.key_pem)


@pytest.fixture
def new(authority: Authority) -> Credentials:
    said = b'{"attrs": {"tradelane.party": "shbank", "tradelane.role": "viewer"}}'
    signing = authority.issue("li-wei", extension=x509.UnrecognizedExtension(ATTRIBUTES, said))
    return credentials(signing, authority.issue("tls"))


def files(wallet: Wallet, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (wallet.directory / "users" / name).iterdir()}


def code(call: Callable[[], object], kind: type[GatewayError] = GatewayError) -> str:
    with pytest.raises(kind) as raised:
        call()
    return raised.value.code


def test_a_user_added_can_connect_and_is_listed(wallet: Wallet, new: Credentials) -> None:
    entry = wallet.add("li-wei", new)
    assert wallet.names() == (USER, "li-wei")
    assert wallet.entry("li-wei") == entry
    assert (entry.enrolment_id, entry.party_id, entry.role) == ("li-wei", "shbank", "viewer")
    assert (entry.key_kind, entry.key_place) == ("secp256r1", "file")
    assert entry.not_before < NOW < entry.not_after == entry.tls_not_after
    assert load_profile(wallet.directory, "li-wei").identity.certificate_pem == new.certificate_pem


def test_a_users_files_are_closed_to_others(wallet: Wallet, new: Credentials) -> None:
    wallet.add("li-wei", new)
    home = wallet.home("li-wei")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}


def test_a_user_is_not_overwritten(wallet: Wallet, new: Credentials) -> None:
    before = files(wallet, USER)
    assert code(lambda: wallet.add(USER, new), InputError) == "USER_EXISTS"
    assert files(wallet, USER) == before


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../x", "A", "a b", "a..b", "x" * 64, "é", "a\n"])
def test_a_name_that_is_no_directorys_is_refused(wallet: Wallet, new: Credentials, name: str) -> None:
    assert code(lambda: wallet.add(name, new)) == "NAME_UNUSABLE"
    assert wallet.names() == (USER,)


def test_nothing_is_kept_of_what_does_not_fit_together(wallet: Wallet, new: Credentials, authority: Authority) -> None:
    other = authority.issue("other")
    expired = authority.issue("other", begin=NOW - 2 * DAY, end=NOW - timedelta(hours=1))
    odd = authority.issue("other", key=rsa.generate_private_key(65537, 2048))
    party = authority.issue(
        "li-wei", extension=x509.UnrecognizedExtension(ATTRIBUTES, b'{"attrs": {"tradelane.party": "../x"}}')
    )
    tls = authority.issue("tls")
    for bad, expected in (
        (replace(new, key=other.key_pem), "KEY_MISMATCH"),
        (replace(new, tls_key_pem=other.key_pem), "TLS_KEY_MISMATCH"),
        (credentials(expired, tls), "CERTIFICATE_EXPIRED"),
        (credentials(other, expired), "TLS_CERTIFICATE_EXPIRED"),
        (credentials(odd, tls), "KEY_UNSUPPORTED"),
        (credentials(party, tls), "PARTY_UNUSABLE"),
        (replace(new, certificate_pem=new.certificate_pem + authority.root.certificate_pem), "CERTIFICATE_CHAIN"),
        (replace(new, certificate_pem=new.certificate_pem[:90]), "CERTIFICATE_MALFORMED"),
    ):
        assert code(partial(wallet.add, "li-wei", bad), IdentityError) == expected
        assert wallet.names() == (USER,)
        assert code(partial(wallet.replace, USER, bad), IdentityError) == expected
    load_profile(wallet.directory, USER)


def test_an_encrypted_key_stays_encrypted(wallet: Wallet, new: Credentials, authority: Authority) -> None:
    pair, tls = authority.issue("li-wei"), authority.issue("tls")
    sealed = Credentials(
        pair.certificate_pem, key_pem(supported(pair.key), lambda: "sesame"),
        tls.certificate_pem, key_pem(supported(tls.key), lambda: "sesame"),
    )  # fmt: skip
    assert code(lambda: wallet.add("li-wei", sealed, passphrase=lambda: "wrong")) == "PASSPHRASE_WRONG"
    entry = wallet.add("li-wei", sealed, passphrase=lambda: "sesame")
    assert entry.key_place == "encrypted file"
    assert b"ENCRYPTED" in files(wallet, "li-wei")["key.pem"]
    load_profile(wallet.directory, "li-wei", passphrase=lambda: "sesame")


def test_the_passphrase_comes_from_the_environment(
    wallet: Wallet, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, tls = authority.issue("li-wei"), authority.issue("tls")
    sealed = replace(credentials(pair, tls), key=key_pem(supported(pair.key), lambda: "sesame"))
    wallet.add("li-wei", sealed, passphrase=lambda: "sesame")
    assert code(lambda: load_profile(wallet.directory, "li-wei")) == "SECRET_MISSING"
    monkeypatch.setenv("TRADELANE_KEY_PASSPHRASE", "sesame")
    load_profile(wallet.directory, "li-wei")


def test_a_user_may_sign_in_a_token(
    wallet: Wallet, authority: Authority, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_PIN", "48151623")
    place = TokenFile(
        module=str(softhsm.module), token=softhsm.token("48151623"), key_label="li-wei", pin_variable="BANK_PIN"
    )
    module_of(softhsm.module).restart()
    tls = authority.issue("tls")
    key = TokenKey.generate(place.module, place.token, pin=lambda: "48151623", label="li-wei")
    certificate = authority.issue("li-wei", key=key).certificate_pem
    entry = wallet.add("li-wei", Credentials(certificate, place, tls.certificate_pem, tls.key_pem))
    assert entry.key_place == f"token {place.token}"
    assert "48151623" not in str(files(wallet, "li-wei"))
    identity = load_profile(wallet.directory, "li-wei").identity
    key.public_key().verify(identity.sign(b"message"), b"message", ec.ECDSA(hashes.SHA256()))
    monkeypatch.delenv("BANK_PIN")
    module_of(softhsm.module).restart()
    assert code(lambda: load_profile(wallet.directory, "li-wei")) == "SECRET_MISSING"


def test_a_user_replaced_has_the_new_keys_alone(wallet: Wallet, new: Credentials) -> None:
    wallet.replace(USER, new)
    assert load_profile(wallet.directory, USER).identity.certificate_pem == new.certificate_pem
    assert wallet.names() == (USER,)
    assert [path.name for path in (wallet.directory / "users").glob(f".{USER}*")] == []
    assert code(lambda: wallet.replace("nobody", new)) == "UNKNOWN_USER"


def test_a_user_removed_is_gone(wallet: Wallet, new: Credentials) -> None:
    wallet.add("li-wei", new)
    wallet.remove("li-wei")
    assert wallet.names() == (USER,)
    assert code(lambda: wallet.remove("li-wei")) == "UNKNOWN_USER"
    wallet.add("li-wei", new)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_change_cut_off_anywhere_leaves_the_old_user_or_the_new(
    wallet: Wallet, new: Credentials, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Renaming is all a replacement consists of; here the process ends before one of its steps."""
    steps = 0
    rename = Path.rename

    class Ended(BaseException):
        """Not an error that anything would handle."""

    def step(path: Path, target: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps == cut:
            raise Ended
        return rename(path, target)

    def removed(*args: object, **options: object) -> None:
        raise Ended

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", step)
        patched.setattr("shutil.rmtree", removed)
        with pytest.raises(Ended):
            wallet.replace(USER, new)
    old = wallet.directory / "users" / f".{USER}.old"
    assert (wallet.names() == (USER,)) or old.exists()
    wallet.add("somebody", new)  # any later change clears up
    assert wallet.names() == (USER, "somebody")
    load_profile(wallet.directory, USER)
    assert [path.name for path in (wallet.directory / "users").glob(".*")] == [".lock"]


def test_a_wallet_that_cannot_be_written_says_so(wallet: Wallet, new: Credentials) -> None:
    users = wallet.directory / "users"
    (users / ".lock").mkdir()
    assert code(lambda: wallet.add("li-wei", new)) == "WALLET_UNWRITABLE"
