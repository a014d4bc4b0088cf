"""The profile directory: where an organisation's peers are, and its users' certificates and keys.

Written by `tradelane network up` and `tradelane network bundle`:

    profile.json              organisation, MSP id, channel, chaincode, peers
    tls-roots.pem             who signed the peers' TLS certificates (named by profile.json)
    users/NAME/user.json      the user's party and role
    users/NAME/cert.pem, key.pem           signing identity
    users/NAME/tls-cert.pem, tls-key.pem   TLS client certificate, which the peers demand
"""

import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from tradelane.gateway.errors import IdentityError, ProfileError
from tradelane.gateway.identity import Identity
from tradelane.model.base import Record
from tradelane.model.identifiers import MspId, PartyId

R = TypeVar("R", bound=Record)


class PeerAddress(Record):
    """One gateway peer of the organisation."""

    endpoint: str = Field(pattern=r"^\S+:\d{1,5}$")
    """host:port to connect to."""
    server_name: str
    """The name in the peer's TLS certificate."""


class ProfileFile(Record):
    """profile.json."""

    version: Literal[1]
    organisation: str
    msp_id: MspId
    channel: str
    chaincode: str
    peers: tuple[PeerAddress, ...] = Field(min_length=1)
    tls_roots: str


class UserFile(Record):
    """user.json: for people and the command; what a user may do stands in the certificate."""

    name: str
    party_id: PartyId | None = None
    role: Literal["signer", "viewer", "admin"]


@dataclass(frozen=True)
class TlsMaterial:
    """What it takes to open a mutually authenticated connection; PEM texts."""

    roots: bytes
    certificate: bytes
    key: bytes


@dataclass(frozen=True)
class Profile:
    """One user of one organisation, ready to connect."""

    network: ProfileFile
    user: UserFile
    identity: Identity
    tls: TlsMaterial


def load_profile(directory: Path, user: str, *, now: datetime | None = None) -> Profile:
    """Read one user's profile.

    Args:
        directory: The profile directory.
        user: Name of a directory below `users`.
        now: The moment the certificate must be valid at; by default the present.

    Raises:
        ProfileError: The directory, a file or the user is missing, or a file is malformed.
        IdentityError: The user's certificate or key is unusable, or others may read the key.
    """
    if not directory.is_dir():
        raise ProfileError(
            f"There is no profile directory {directory}; `tradelane network up` or a bundle of your organisation's "
            "administrator provides one.",
            code="PROFILE_MISSING",
        )
    network = _read_record(directory / "profile.json", ProfileFile)
    home = _user_directory(directory, user)
    identity = Identity.load(network.msp_id, _read(home / "cert.pem"), _read_key(home / "key.pem"), now=now)
    tls = TlsMaterial(
        roots=_read(directory / network.tls_roots),
        certificate=_read(home / "tls-cert.pem"),
        key=_read_key(home / "tls-key.pem"),
    )
    return Profile(network=network, user=_read_record(home / "user.json", UserFile), identity=identity, tls=tls)


def _user_directory(directory: Path, user: str) -> Path:
    users = directory / "users"
    known = sorted(entry.name for entry in users.iterdir() if entry.is_dir()) if users.is_dir() else []
    if user not in known:
        there_are = f"; there are: {', '.join(known)}" if known else ""
        raise ProfileError(f"The profile {directory} has no user {user!r}{there_are}.", code="UNKNOWN_USER")
    return users / user


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProfileError(f"The profile lacks the file {path}.", code="PROFILE_FILE_MISSING") from None
    except OSError as error:
        raise ProfileError(f"The file {path} cannot be read: {error.strerror}.", code="PROFILE_UNREADABLE") from error


def _read_key(path: Path) -> bytes:
    content = _read(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise IdentityError(
            f"The private key {path} can be read by others; give it mode 0600 (chmod 600) and consider it exposed.",
            code="KEY_EXPOSED",
        )
    return content


def _read_record(path: Path, kind: type[R]) -> R:
    try:
        return kind.from_json(_read(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ProfileError(
            f"The file {path} is malformed{f' at {where}' if where else ''}: {first['msg']}.", code="PROFILE_MALFORMED"
        ) from None
