"""A platform's directory: its code and key, whom it trusts, where it listens, who operates it on the channel.

    platform.json        see `Settings`; paths in it are relative to the directory
    signing-key.pem      the platform's private key, mode 0600
    keys.json            its public half, to be handed to other platforms
    pint.db              what was accepted and sent, unless `database` names another place

Other platforms' and carriers' keys are files that somebody has put there, not addresses that are asked: who decides
which key is trusted is a person, once.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.signing import Signer, TrustedKeys
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.serving import Endpoint
from tradelane.gateway.pint.store import Store
from tradelane.model.base import Record
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.identifiers import PartyId
from tradelane.model.title_parts import PlatformCode

SETTINGS: Final = "platform.json"
KEY: Final = "signing-key.pem"
PUBLIC_KEYS: Final = "keys.json"


class Tls(Record):
    """With what the platform proves itself to others, as server and as client, and whom it believes."""

    certificate: str
    key: str
    roots: str


class Peer(Record):
    """Another platform."""

    url: str
    keys: tuple[str, ...]
    """Files with its JWK sets."""


class Operator(Record):
    """The party licensed as PLATFORM, and the user that signs for it."""

    party_id: PartyId
    profile: str
    user: str


class Settings(Record):
    """platform.json."""

    version: int = 1
    platform: PlatformCode
    operator: Operator
    tls: Tls
    peers: dict[PlatformCode, Peer] = Field(default_factory=dict)
    carriers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Files with the JWK sets of the carriers whose titles are taken in or sent, by carrier code."""
    readers: dict[PartyId, tuple[str, ...]] = Field(default_factory=dict)
    """Files with the TLS client certificates of parties, such as carriers, that read endorsement chains."""
    database: str = "pint.db"
    registry: str | None = None
    """URI of this channel as control tracking registry; only where its peers lack its first block, to make it of."""


@dataclass(frozen=True)
class Home:
    """A platform's directory, read."""

    directory: Path
    settings: Settings
    signer: Signer
    platforms: TrustedKeys
    carriers: TrustedKeys

    def path(self, name: str) -> Path:
        """Return a path that the settings name."""
        return self.directory / name

    def endpoint(self, host: str, port: int) -> Endpoint:
        """Return where the service listens."""
        tls = self.settings.tls
        return Endpoint(self.path(tls.certificate), self.path(tls.key), self.path(tls.roots), host, port)

    def store(self) -> Store:
        """Open the platform's database."""
        return Store.open(self.settings.database, self.directory)

    def peer(self, code: str) -> Peer:
        """Return a platform that this one deals with.

        Raises:
            InputError: UNKNOWN_PLATFORM.
        """
        try:
            return self.settings.peers[code]
        except KeyError:
            known = ", ".join(sorted(self.settings.peers)) or "none"
            raise InputError(
                f"The platform {code!r} is not among the peers of {self.directory / SETTINGS}, which are: {known}.",
                code="UNKNOWN_PLATFORM",
            ) from None


def create(directory: Path, settings: Settings) -> Signer:
    """Make a platform's directory, with a new key of its own.

    Raises:
        InputError: FILE_UNWRITABLE, also where there is a platform already.
    """
    signer = signing.generate()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        signing.save(signer, directory / KEY)
        (directory / PUBLIC_KEYS).write_bytes(signing.published(signer))
        value = settings.model_dump(mode="json", by_alias=True)
        (directory / SETTINGS).write_text(json.dumps(value, indent=2) + "\n")
    except OSError as error:
        raise InputError(f"{directory} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from None
    return signer


def load(directory: Path) -> Home:
    """Read a platform's directory.

    Raises:
        InputError: BAD_SETTINGS, BAD_KEY_SET.
        IdentityError: The signing key is missing, exposed or of another kind.
    """
    settings = _settings(directory / SETTINGS)
    signer = signing.load(directory / KEY)
    sets = {code: [_read(directory / name) for name in peer.keys] for code, peer in settings.peers.items()}
    platforms = TrustedKeys({**sets, settings.platform: [signing.published(signer)]})
    carriers = {code: [_read(directory / name) for name in names] for code, names in settings.carriers.items()}
    return Home(directory, settings, signer, platforms, TrustedKeys(carriers))


def _settings(path: Path) -> Settings:
    content = _read(path)
    try:
        parse_json(content)
        return Settings.from_json(content)
    except JsonError as error:
        raise InputError(f"{path} cannot be used: {error}.", code="BAD_SETTINGS") from None
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, item["loc"])) for item in error.errors(include_input=False)}))
        raise InputError(f"{path} cannot be used; look at: {places}.", code="BAD_SETTINGS") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", code="BAD_SETTINGS") from None
