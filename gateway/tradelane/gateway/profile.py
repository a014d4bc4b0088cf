"""The profile directory: where an organisation's peers are, and its users' certificates and keys.

Written by `tradelane network up` and `tradelane network bundle`:

    profile.json              organisation, MSP id, channel, chaincode, peers
    tls-roots.pem             who signed the peers' TLS certificates (named by profile.json)
    users/NAME/user.json      the user's party and role
    users/NAME/cert.pem, key.pem           signing identity; the key may be encrypted
    users/NAME/token.json                  instead of key.pem: which key of which PKCS#11 token signs
    users/NAME/tls-cert.pem, tls-key.pem   TLS client certificate, which the peers demand

`wallet` writes and lists the users.
"""

import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

from cryptography import x509
from pydantic import Field, ValidationError

from tradelane.gateway.errors import IdentityError, ProfileError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import SigningKey, key_pem, load_private_key
from tradelane.gateway.secret import Secret, from_environment
from tradelane.model.base import Record
from tradelane.model.identifiers import MspId, PartyId

R = TypeVar("R", bound=Record)


class PeerAddress(Record):
    """One gateway peer of the organisation."""

    endpoint: str = Field(pattern=r"^\S+:\d{1,5}$")
    """host:port to connect to."""
    server_name: str
    """The name in the peer's TLS certificate."""


class AuthorityAddress(Record):
    """Where the organisation's Fabric CA is, and the names of its two CAs."""

    url: str = Field(pattern=r"^https://")
    enrolment: str
    """The CA of signing identities."""
    tls: str
    """The CA of TLS certificates."""


class ProfileFile(Record):
    """profile.json."""

    version: Literal[1]
    organisation: str
    msp_id: MspId
    channel: str
    chaincode: str
    peers: tuple[PeerAddress, ...] = Field(min_length=1)
    tls_roots: str
    authority: AuthorityAddress | None = None
    """Its TLS certificate is of the same roots as the peers'."""


class UserFile(Record):
    """user.json: for people and the command; what a user may do stands in the certificate."""

    name: str
    party_id: PartyId | None = None
    role: Literal["signer", "viewer", "admin"] | None = None


class TokenFile(Record):
    """token.json: a key that never leaves its PKCS#11 token."""

    module: str
    """Path of the PKCS#11 library of the token's maker."""
    token: str
    """The token's label."""
    key_label: str | None = None
    key_id: str | None = Field(default=None, pattern=r"^([0-9a-f]{2})+$")
    """Hexadecimal."""
    pin_variable: str = Field(min_length=1)
    """The environment variable that holds the user's PIN; the PIN itself stands in no file."""


@dataclass(frozen=True)
class TlsMaterial:
    """What it takes to open a mutually authenticated connection; PEM texts."""

    roots: bytes
    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class Profile:
    """One user of one organisation, ready to connect."""

    network: ProfileFile
    user: UserFile
    identity: Identity
    tls: TlsMaterial


PASSPHRASE_VARIABLE: Final = "TRADELANE_KEY_PASSPHRASE"  # noqa: S105 -- where it is, not what
"""The environment variable that holds the passphrase of an encrypted key, unless a program says otherwise."""


def load_profile(
    directory: Path, user: str, *, passphrase: Secret | None = None, now: datetime | None = None, offline: bool = False
) -> Profile:
    """Read one user's profile.

    Args:
        directory: The profile directory.
        user: Name of a directory below `users`.
        passphrase: Asked for the passphrase of encrypted keys; by default TRADELANE_KEY_PASSPHRASE of the environment.
        now: The moment the certificates must be valid at; by default the present.
        offline: Leave the signing key alone: what the user signs is signed elsewhere (see `offline`).

    Raises:
        ProfileError: The directory, a file or the user is missing, or a file is malformed.
        IdentityError: The user's certificate or key is unusable, or others may read the key.
    """
    network = read_network(directory)
    home = _user_directory(directory, user)
    secret = passphrase or from_environment(PASSPHRASE_VARIABLE)
    certificate = read(home / "cert.pem")
    return Profile(
        network=network,
        user=read_record(home / "user.json", UserFile),
        identity=Identity.offline(network.msp_id, certificate)
        if offline
        else Identity.of_key(network.msp_id, certificate, read_signing_key(home, secret), now=now),
        tls=_tls_material(directory / network.tls_roots, home, secret, now),
    )


def read_network(directory: Path) -> ProfileFile:
    """Read what all users of a profile directory share.

    Raises:
        ProfileError: PROFILE_MISSING, PROFILE_FILE_MISSING, PROFILE_MALFORMED.
    """
    if not directory.is_dir():
        raise ProfileError(
            f"There is no profile directory {directory}; `tradelane network up` or a bundle of your organisation's "
            "administrator provides one.",
            code="PROFILE_MISSING",
        )
    return read_record(directory / "profile.json", ProfileFile)


def user_names(directory: Path) -> tuple[str, ...]:
    """Return the users of a profile directory, sorted; what begins with a dot is a user in the making."""
    users = directory / "users"
    found = users.iterdir() if users.is_dir() else ()
    return tuple(sorted(each.name for each in found if each.is_dir() and not each.name.startswith(".")))


def read_signing_key(home: Path, passphrase: Secret) -> SigningKey:
    """Return a user's signing key, from its file or in its token.

    Raises:
        ProfileError: A file is missing or malformed.
        IdentityError: The key is unusable, or others may read it.
    """
    if (home / "token.json").exists():
        return open_token(read_record(home / "token.json", TokenFile))
    return load_private_key(read_key(home / "key.pem"), passphrase)


def open_token(place: TokenFile) -> SigningKey:
    """Return a key in a token.

    Raises:
        IdentityError: PKCS11_MISSING when python-pkcs11 is not installed, or as `hsm.TokenKey.open`.
    """
    try:
        from tradelane.gateway.hsm import TokenKey  # noqa: PLC0415 -- most users have no token and no such library
    except ModuleNotFoundError as absent:
        if absent.name != "pkcs11":
            raise
        raise IdentityError(
            "Keys in a PKCS#11 token need the package python-pkcs11: install tradelane[pkcs11].", code="PKCS11_MISSING"
        ) from None
    key_id = bytes.fromhex(place.key_id) if place.key_id is not None else None
    pin = from_environment(place.pin_variable)
    return TokenKey.open(place.module, place.token, pin=pin, label=place.key_label, key_id=key_id)


def _tls_material(roots: Path, home: Path, passphrase: Secret, now: datetime | None) -> TlsMaterial:
    found = TlsMaterial(read(roots), read(home / "tls-cert.pem"), read_key(home / "tls-key.pem"))
    try:
        x509.load_pem_x509_certificates(found.roots)
    except ValueError:
        raise ProfileError(f"The file {roots} holds no PEM certificates.", code="TLS_ROOTS_MALFORMED") from None
    try:
        key = load_private_key(found.key, passphrase)
        Identity.of_key("", found.certificate, key, now=now)  # refuses what does not fit together
    except IdentityError as error:
        raise IdentityError(f"For TLS: {error.message}", code=f"TLS_{error.code}") from None
    return TlsMaterial(found.roots, found.certificate, key_pem(key))


def _user_directory(directory: Path, user: str) -> Path:
    known = user_names(directory)
    if user not in known:
        there_are = f"; there are: {', '.join(known)}" if known else ""
        raise ProfileError(f"The profile {directory} has no user {user!r}{there_are}.", code="UNKNOWN_USER")
    return directory / "users" / user


def read(path: Path) -> bytes:
    """Return the content of a profile's file.

    Raises:
        ProfileError: PROFILE_FILE_MISSING, PROFILE_UNREADABLE.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProfileError(f"The profile lacks the file {path}.", code="PROFILE_FILE_MISSING") from None
    except OSError as error:
        raise ProfileError(f"The file {path} cannot be read: {error.strerror}.", code="PROFILE_UNREADABLE") from error


def read_key(path: Path) -> bytes:
    """Return the content of a file that only its owner may read.

    Raises:
        ProfileError: As `read`.
        IdentityError: KEY_EXPOSED.
    """
    content = read(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise IdentityError(
            f"The private key {path} can be read by others; give it mode 0600 (chmod 600) and consider it exposed.",
            code="KEY_EXPOSED",
        )
    return content


def read_record(path: Path, kind: type[R]) -> R:
    """Return the record in a profile's JSON file.

    Raises:
        ProfileError: As `read`, or PROFILE_MALFORMED.
    """
    try:
        return kind.from_json(read(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ProfileError(
            f"The file {path} is malformed{f' at {where}' if where else ''}: {first['msg']}.", code="PROFILE_MALFORMED"
        ) from None
