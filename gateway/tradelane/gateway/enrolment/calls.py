"""Enrolment as a program with threads performs it; see the package."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from tradelane.gateway import authority
from tradelane.gateway.authority.client import AuthorityClient, connect
from tradelane.gateway.certificate import read_certificate
from tradelane.gateway.errors import AuthorityError, ProfileError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import SigningKey, key_pem, load_private_key
from tradelane.gateway.profile import (
    PASSPHRASE_VARIABLE,
    TokenFile,
    load_profile,
    open_token,
    read,
    read_key,
    read_record,
    read_signing_key,
)
from tradelane.gateway.secret import Secret, from_environment
from tradelane.gateway.wallet import Credentials, Entry, Wallet, write_private

TLS_PROFILE = "tls"
"""The signing profile by which Fabric CA issues TLS certificates."""


@dataclass(frozen=True)
class Authorities:
    """Connections to both CAs of an organisation."""

    enrolment: AuthorityClient
    tls: AuthorityClient


@dataclass(frozen=True)
class Revoked:
    """What was revoked, and each CA's list of its revoked certificates (PEM, empty when nothing was revoked).

    Peers go on accepting a certificate until the organisation's part of the channel configuration holds the lists.
    """

    serials: tuple[str, ...]
    crl_pem: bytes
    tls_crl_pem: bytes


@contextmanager
def authorities(wallet: Wallet) -> Iterator[Authorities]:
    """Connect to the CAs a profile names.

    Raises:
        ProfileError: AUTHORITY_UNNAMED.
    """
    known = wallet.network.authority
    if known is None:
        raise ProfileError(
            f"The profile {wallet.directory} does not say where its organisation's CA is; `tradelane network up` and "
            "`tradelane network bundle` write it.",
            code="AUTHORITY_UNNAMED",
        )
    roots = read(wallet.directory / wallet.network.tls_roots)
    with ExitStack() as stack:
        clients = (connect(known.url, roots=roots, name=name) for name in (known.enrolment, known.tls))
        yield Authorities(*(stack.enter_context(client) for client in clients))


def enrol(
    wallet: Wallet,
    name: str,
    secret: Secret,
    *,
    enrolment_id: str | None = None,
    token: TokenFile | None = None,
    passphrase: Secret | None = None,
) -> Entry:
    """Make a user's keys, have them certified and put them into the wallet.

    A secret serves once at each CA. What one of them has certified is kept when the other one fails, so that a second
    try goes on from there.

    Args:
        wallet: Where to put the user.
        name: The user's name in the wallet.
        secret: Asked for the secret that `register` returned.
        enrolment_id: Whom the CA knows by that secret; by default the name.
        token: A key in a PKCS#11 token that shall sign, instead of one in a file.
        passphrase: Asked for the passphrase that key files shall be encrypted with; by default they are not.

    Raises:
        InputError: NAME_UNUSABLE, USER_EXISTS, WALLET_UNWRITABLE.
        AuthorityError: A CA cannot be reached or declined.
        IdentityError: The token or its key is unusable.
    """
    wallet.check_free(name)
    known_as, said = enrolment_id or name, secret()
    with authorities(wallet) as at:
        draft = _Draft(wallet.directory / "users" / f".{name}.draft", passphrase)
        key = open_token(token) if token else draft.key("key.pem")
        tls_key = draft.key("tls-key.pem")
        certificate = draft.certificate(
            "cert.pem", key, lambda: at.enrolment.run(authority.enrol(known_as, lambda: said, key=key))
        )
        tls_certificate = draft.certificate(
            "tls-cert.pem",
            tls_key,
            lambda: at.tls.run(authority.enrol(known_as, lambda: said, key=tls_key, profile=TLS_PROFILE)),
        )
    kept = Credentials(certificate, token or key_pem(key, passphrase), tls_certificate, key_pem(tls_key, passphrase))
    entry = wallet.add(name, kept, passphrase=passphrase)
    draft.delete()
    return entry


def renew(
    wallet: Wallet,
    name: str,
    *,
    within: timedelta | None = None,
    passphrase: Secret | None = None,
    now: datetime | None = None,
) -> Entry | None:
    """Exchange a user's certificates, while they are valid, for new ones with new keys; a key in a token stays.

    Args:
        wallet: Where the user is.
        name: The user's name there.
        within: Renew only when one of the certificates ends within this time; by default in any case.
        passphrase: Asked for the passphrase of encrypted keys, which the new ones get too; by default
            TRADELANE_KEY_PASSPHRASE of the environment.
        now: The present, for tests.

    Returns:
        The renewed entry, or None when it was not due.

    Raises:
        ProfileError: UNKNOWN_USER, AUTHORITY_UNNAMED.
        IdentityError: A certificate has expired already, or a key is unusable.
        AuthorityError: A CA cannot be reached or declined; the old certificates stay.
    """
    entry, moment = wallet.entry(name), now or datetime.now(UTC)
    if within is not None and min(entry.not_after, entry.tls_not_after) > moment + within:
        return None
    open_with = passphrase or from_environment(PASSPHRASE_VARIABLE)
    encrypt_with = open_with if entry.key_place == "encrypted file" else None
    home = wallet.home(name)
    caller, tls_caller = _callers(wallet, name, open_with)
    token = read_record(home / "token.json", TokenFile) if (home / "token.json").exists() else None
    key, tls_key = read_signing_key(home, open_with) if token else _new_key(), _new_key()
    with authorities(wallet) as at:
        done = at.enrolment.run(authority.renew(caller, key=key))
        tls_done = at.tls.run(authority.renew(tls_caller, key=tls_key, profile=TLS_PROFILE))
    kept = Credentials(
        done.certificate_pem,
        token or key_pem(key, encrypt_with),
        tls_done.certificate_pem,
        key_pem(tls_key, encrypt_with),
    )
    return wallet.replace(name, kept, passphrase=open_with)


def register(
    wallet: Wallet,
    registrar: str,
    who: authority.Registration,
    *,
    secret: Secret | None = None,
    passphrase: Secret | None = None,
) -> str:
    """Register somebody at both CAs; returns the secret to enrol with, which serves at each.

    Args:
        wallet: Where the registrar is.
        registrar: The registrar's name there.
        who: Whom; attributes go into signing certificates only.
        secret: Asked for the secret to set; by default one is made.
        passphrase: As for `renew`.

    Raises:
        AuthorityDenied: NOT_AUTHORISED: the registrar may not.
        AuthorityRefused: ALREADY_REGISTERED.
    """
    caller, tls_caller = _callers(wallet, registrar, passphrase)
    with authorities(wallet) as at:
        said = at.enrolment.run(authority.register(caller, who, secret))
        try:
            at.tls.run(authority.register(tls_caller, replace(who, attributes={}, rights={}), lambda: said))
        except AuthorityError as error:
            error.advise(f"The CA of signatures has registered {who.name!r} already, so take another name.")
            raise
    return said


def revoke(
    wallet: Wallet,
    registrar: str,
    name: str,
    *,
    reason: authority.Reason = authority.Reason.UNSPECIFIED,
    passphrase: Secret | None = None,
) -> Revoked:
    """Revoke all of somebody's certificates at both CAs; they can neither renew nor enrol any more.

    Args:
        wallet: Where the registrar is.
        registrar: The registrar's name there.
        name: Whom, by enrolment id.
        reason: Goes into the lists.
        passphrase: As for `renew`.

    Raises:
        AuthorityDenied: NOT_AUTHORISED.
        AuthorityRefused: IDENTITY_UNKNOWN.
    """
    caller, tls_caller = _callers(wallet, registrar, passphrase)
    with authorities(wallet) as at:
        done = at.enrolment.run(authority.revoke(caller, name, reason=reason))
        tls_done = at.tls.run(authority.revoke(tls_caller, name, reason=reason))
    return Revoked(done.serials + tls_done.serials, done.crl_pem, tls_done.crl_pem)


def _callers(wallet: Wallet, name: str, passphrase: Secret | None) -> tuple[Identity, Identity]:
    """Return who speaks to the CA of signatures and who to that of TLS: each believes its own certificates."""
    profile = load_profile(wallet.directory, name, passphrase=passphrase)
    tls_key = load_private_key(profile.tls.key)
    return profile.identity, Identity.of_key(wallet.network.msp_id, profile.tls.certificate, tls_key)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class _Draft:
    """An enrolment under way: keys and certificates on the disk, so that one cut off goes on where it stopped."""

    def __init__(self, directory: Path, passphrase: Secret | None) -> None:
        self._directory, self._passphrase = directory, passphrase
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self, file: str) -> SigningKey:
        path = self._directory / file
        if path.exists():
            return load_private_key(read_key(path), self._passphrase)
        key = _new_key()
        self._write(path, key_pem(key, self._passphrase))
        return key

    def certificate(self, file: str, key: SigningKey, enrol_now: Callable[[], authority.Enrolment]) -> bytes:
        path = self._directory / file
        if not path.exists() or read_certificate(read(path)).public_key() != key.public_key():
            self._write(path, enrol_now().certificate_pem)
        return read(path)

    def delete(self) -> None:
        shutil.rmtree(self._directory)

    def _write(self, path: Path, content: bytes) -> None:
        whole = path.with_name(f"{path.name}.part")
        whole.unlink(missing_ok=True)
        write_private(whole, content)
        whole.rename(path)
