"""The users of a profile directory: listed, imported, replaced, removed.

    wallet = Wallet(".tradelane/profiles/shanghai")
    wallet.add("li-wei", Credentials(certificate_pem, key_pem, tls_certificate_pem, tls_key_pem))

A user is a directory, so adding is one rename: a reader sees the whole user or none. Keys have mode 0600 from
their first byte. `enrolment` fills a wallet from Fabric CA.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from tradelane.gateway.certificate import attributes, enrolment_id, key_kind, read_certificate, units
from tradelane.gateway.errors import IdentityError, InputError, ProfileError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import load_private_key
from tradelane.gateway.profile import (
    TokenFile,
    UserFile,
    open_token,
    read,
    read_network,
    read_record,
    user_names,
)
from tradelane.gateway.secret import Secret

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_PARTY, _ROLE = "tradelane.party", "tradelane.role"
_OLD, _STAGED = ".old", ".staged"
"""How directories end that a change has made beside the users'."""


@dataclass(frozen=True)
class Credentials:
    """All of a user: who signs, and the TLS client certificate that the peers demand; PEM texts."""

    certificate_pem: bytes
    key: bytes | TokenFile = field(repr=False)
    """The private key (PEM, encrypted or not), or where it is in a token."""
    tls_certificate_pem: bytes
    tls_key_pem: bytes = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """A user as a list shows it; nothing secret.

    Attributes:
        name: Of the user's directory.
        enrolment_id: Whom the CA certified.
        party_id: The party the user acts for, or nothing.
        role: signer, viewer, admin, or nothing.
        key_kind: E.g. `secp256r1`.
        key_place: `file`, `encrypted file`, or `token LABEL`.
        serial: The certificate's serial number, hexadecimal.
        not_before: Beginning of the certificate's validity.
        not_after: Its end.
        tls_not_after: End of the TLS client certificate's validity.
    """

    name: str
    enrolment_id: str
    party_id: str | None
    role: str | None
    key_kind: str
    key_place: str
    serial: str
    not_before: datetime
    not_after: datetime
    tls_not_after: datetime


class Wallet:
    """The users of one organisation's profile directory."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        self.network = read_network(self.directory)
        self._users = self.directory / "users"

    def names(self) -> tuple[str, ...]:
        """Return the users' names, sorted."""
        return user_names(self.directory)

    def entry(self, name: str) -> Entry:
        """Return what there is to see of a user; keys are not opened.

        Raises:
            ProfileError: UNKNOWN_USER, or a file is missing or malformed.
        """
        home = self.home(name)
        certificate = read_certificate(read(home / "cert.pem"))
        tls = read_certificate(read(home / "tls-cert.pem"))
        user = read_record(home / "user.json", UserFile)
        return Entry(
            name=name,
            enrolment_id=enrolment_id(certificate),
            party_id=user.party_id,
            role=user.role,
            key_kind=key_kind(certificate),
            key_place=_key_place(home),
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            tls_not_after=tls.not_valid_after_utc,
        )

    def home(self, name: str) -> Path:
        """Return a user's directory.

        Raises:
            ProfileError: UNKNOWN_USER.
        """
        if name not in self.names():
            raise ProfileError(f"The profile {self.directory} has no user {name!r}.", code="UNKNOWN_USER")
        return self._users / name

    def check_free(self, name: str) -> None:
        """Refuse a name that cannot be added.

        Raises:
            InputError: NAME_UNUSABLE, USER_EXISTS.
        """
        if not _NAME.fullmatch(name) or ".." in name:
            raise InputError(
                f"{name!r} is no name for a user: use up to 63 lower-case letters, digits, '.', '-' and '_', beginning "
                "with a letter or digit.",
                code="NAME_UNUSABLE",
            )
        if (self._users / name).exists():
            raise InputError(
                f"The profile {self.directory} has a user {name!r} already, who is not overwritten.", code="USER_EXISTS"
            )

    def add(self, name: str, credentials: Credentials, *, passphrase: Secret | None = None) -> Entry:
        """Add a user, once all has been found to fit together.

        Args:
            name: The user's name in this wallet.
            credentials: What to keep.
            passphrase: Asked for the passphrase where the keys are encrypted; they stay so.

        Raises:
            InputError: NAME_UNUSABLE, USER_EXISTS, WALLET_UNWRITABLE.
            IdentityError: Certificate or key is unusable.
        """
        _check(self.network.msp_id, credentials, passphrase)
        with self._changing():
            self.check_free(name)
            self._stage(name, credentials).rename(self._users / name)
        return self.entry(name)

    def replace(self, name: str, credentials: Credentials, *, passphrase: Secret | None = None) -> Entry:
        """Exchange what a user has for something new; the old keys are deleted.

        Raises:
            ProfileError: UNKNOWN_USER.
            InputError: WALLET_UNWRITABLE.
            IdentityError: Certificate or key is unusable; the old ones stay.
        """
        _check(self.network.msp_id, credentials, passphrase)
        with self._changing():
            home = self.home(name)
            old = home.with_name(f".{name}{_OLD}")
            staged = self._stage(name, credentials)
            home.rename(old)
            staged.rename(home)
            shutil.rmtree(old)
        return self.entry(name)

    def remove(self, name: str) -> None:
        """Delete a user and the keys. The certificate stays valid until it is revoked (`enrolment.revoke`).

        Raises:
            ProfileError: UNKNOWN_USER.
            InputError: WALLET_UNWRITABLE.
        """
        with self._changing():
            home = self.home(name)
            gone = home.with_name(f".{name}{_STAGED}")
            home.rename(gone)
            shutil.rmtree(gone)

    def _stage(self, name: str, credentials: Credentials) -> Path:
        """Write a user beside the others, under a name that lists leave out."""
        staged = self._users / f".{name}{_STAGED}"
        staged.mkdir(mode=0o700)
        for file, content in _files(name, credentials).items():
            write_private(staged / file, content)
        return staged

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the wallet for one change at a time, and clear up first what a change that was cut off left behind."""
        try:
            self._users.mkdir(mode=0o700, exist_ok=True)
            with (self._users / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._clear_up()
                yield
        except OSError as error:
            raise InputError(
                f"The profile {self.directory} cannot be changed: {error.strerror}.", code="WALLET_UNWRITABLE"
            ) from None

    def _clear_up(self) -> None:
        for old in self._users.glob(f".*{_OLD}"):
            place = self._users / old.name[1 : -len(_OLD)]
            if place.exists():
                shutil.rmtree(old)
            else:
                old.rename(place)
        for staged in self._users.glob(f".*{_STAGED}"):
            shutil.rmtree(staged)


def _check(msp_id: str, credentials: Credentials, passphrase: Secret | None) -> None:
    key = credentials.key
    signing = open_token(key) if isinstance(key, TokenFile) else load_private_key(key, passphrase)
    Identity.of_key(msp_id, credentials.certificate_pem, signing)
    try:
        tls_key = load_private_key(credentials.tls_key_pem, passphrase)
        Identity.of_key(msp_id, credentials.tls_certificate_pem, tls_key)
    except IdentityError as error:
        raise IdentityError(f"For TLS: {error.message}", code=f"TLS_{error.code}") from None


def _files(name: str, credentials: Credentials) -> dict[str, bytes]:
    key = credentials.key
    return {
        "token.json" if isinstance(key, TokenFile) else "key.pem": key.to_json() if isinstance(key, TokenFile) else key,
        "cert.pem": credentials.certificate_pem,
        "tls-key.pem": credentials.tls_key_pem,
        "tls-cert.pem": credentials.tls_certificate_pem,
        "user.json": _user(name, credentials.certificate_pem).to_json(),
    }


def _user(name: str, certificate_pem: bytes) -> UserFile:
    """What the certificate says of its holder."""
    certificate = read_certificate(certificate_pem)
    said = attributes(certificate)
    role = "admin" if "admin" in units(certificate) else said.get(_ROLE)
    fields = {
        "name": name,
        "partyId": said.get(_PARTY),
        "role": role if role in {"signer", "viewer", "admin"} else None,
    }
    try:
        return UserFile.model_validate(fields)
    except ValidationError:
        raise IdentityError(
            f"The certificate names the party {said[_PARTY]!r}, which no party's id can be.", code="PARTY_UNUSABLE"
        ) from None


def _key_place(home: Path) -> str:
    if (home / "token.json").exists():
        return f"token {read_record(home / 'token.json', TokenFile).token}"
    return "encrypted file" if b"ENCRYPTED" in read(home / "key.pem") else "file"


def write_private(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600 and force it to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
