"""What the commands of `tradelane pint` do; loaded when one of them runs, as it needs the extra `pint`."""

import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from tradelane.gateway.cli.work import Work, read_file
from tradelane.gateway.client import Gateway, connect
from tradelane.gateway.dcsa import issuance, signing
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, Malformed, read
from tradelane.gateway.dcsa.signing import Signer
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.along import Attachment, Large
from tradelane.gateway.pint.chains import Chains, readers_of
from tradelane.gateway.pint.channel import ChannelRegistry
from tradelane.gateway.pint.departure import Departure, forward
from tradelane.gateway.pint.envelope import describe
from tradelane.gateway.pint.home import PUBLIC_KEYS, SETTINGS, Home, Operator, Settings, Tls, create, load
from tradelane.gateway.pint.http import Sender, tls_context
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.sending import Outcome
from tradelane.gateway.pint.serving import server
from tradelane.gateway.pint.store import Held, Store
from tradelane.gateway.profile import load_profile
from tradelane.gateway.store import open_store
from tradelane.gateway.trade import documents, parties
from tradelane.gateway.trade.exchange import request
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.dcsa import DocumentError

__all__ = ["PUBLIC_KEYS", "SETTINGS", "Letter", "make", "new_key", "send", "serve", "sign_issuance", "titles"]

_ACTIONS: Final = {
    None: ActionCode.TRANSFER,
    "delivery": ActionCode.SURRENDER_FOR_DELIVERY,
    "amendment": ActionCode.SURRENDER_FOR_AMENDMENT,
}
_CHECKSUM: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Letter:
    """What is to be sent, to whom.

    Attributes:
        title: A title's id, or the document's checksum of a title that was born on another platform.
        to: The other platform's code.
        recipient: The name of the party there.
        code: Its identifying code, PROVIDER:CODE.
        issuance: The file with the carrier's signed issuance request.
        documents: Files to go along.
        url: The other platform's base URL, instead of the one in the settings.
        chosen: Which of the attached supporting documents go along; None for all.
        surrender: What a foreign title is surrendered for; None where it is transferred.
    """

    title: str
    to: str
    recipient: str
    code: str
    issuance: Path | None
    documents: tuple[Path, ...]
    url: str | None
    chosen: tuple[str, ...] | None = None
    surrender: str | None = None


def make(work: Work, home: Path, operator: str, platform: str) -> Signer:
    """Make a platform's directory, operated by the caller for a party."""
    actor = work.actor()
    who = request(Operator, party_id=operator, profile=str(actor.directory.resolve()), user=actor.user)
    tls = Tls(certificate="tls-cert.pem", key="tls-key.pem", roots="tls-roots.pem")
    fields = {"operator": who.model_dump(mode="json"), "tls": tls.model_dump(mode="json")}
    return create(home, request(Settings, platform=platform, **fields))


def new_key(file: Path) -> dict[str, Any]:
    """Write a new private key and return its public key set."""
    signer = signing.generate()
    signing.save(signer, file)
    return signer.public_keys()


def sign_issuance(file: Path, key: Path) -> dict[str, Any]:
    """Return an issuance request with the carrier's signed manifest."""
    asked = _object(file)
    document, issue_to = asked.get("document"), asked.get("issueTo")
    if not isinstance(document, dict) or not isinstance(issue_to, dict):
        raise InputError(f"{file} is no issuance request: it has no document or no issueTo.", code="INVALID_DOCUMENT")
    try:
        return issuance.request_of(document, issue_to, signing.load(key))
    except DocumentError as error:
        raise documents.invalid_document(error) from None


def serve(home: Path, host: str, port: int) -> None:
    """Receive until the process is stopped."""
    with opened(home) as (place, store), connect_operator(place) as operator:
        code, registry = place.settings.platform, ChannelRegistry(operator, place.settings.registry)
        platform = Platform(code, place.signer, place.platforms, place.carriers, store, registry)
        readers = {party: [place.path(file) for file in files] for party, files in place.settings.readers.items()}
        chains = Chains(code, place.platforms, store, operator, readers_of(readers)) if readers else None
        found = server(platform, place.endpoint(host, port), chains)
        typer.echo(f"Platform {code} receives on {host}, port {port or 'any'}.", err=True)
        found.run()


def titles(home: Path) -> list[dict[str, Any]]:
    """Return the titles that have crossed, and whether they are here."""
    with opened(home) as (_, store):
        return [
            {
                "documentChecksum": held.document_checksum,
                "transportDocumentReference": held.document["transportDocumentReference"],
                "here": held.here,
                "entries": len(held.chain),
                **({} if held.title_id is None else {"titleId": held.title_id}),
                **({} if held.holder is None else {"holder": held.holder}),
            }
            for held in store.titles()
        ]


def send(work: Work, home: Path, letter: Letter) -> Outcome:
    """Send a title, or go on with a transfer that was interrupted."""
    recipient = _recipient(letter)
    manifest = None if letter.issuance is None else _manifest(letter.issuance)
    attached = [_attachment(path) for path in letter.documents]
    with opened(home) as (place, store):
        actor = work.actor()
        with connect(actor.directory, actor.user) as holder, sender_to(place, letter.to, letter.url) as sender:
            held = store.title(letter.title) if _CHECKSUM.fullmatch(letter.title) else None
            if held is not None and held.title_id is None:
                named = _holder(work, place, holder, held)
                return forward(
                    place,
                    store,
                    held,
                    named,
                    letter.to,
                    recipient,
                    sender.run,
                    letter.chosen,
                    _ACTIONS[letter.surrender],
                )
            if letter.surrender is not None:
                raise InputError(
                    "A title of this channel is surrendered on it: `tradelane ebl surrender`.", code="SURRENDER_HERE"
                )
            with connect_operator(place) as operator:
                departure = Departure(place, store, holder, operator, _large(actor.directory))
                return departure.send(
                    letter.title,
                    letter.to,
                    recipient,
                    sender.run,
                    issuance_manifest=manifest,
                    attachments=attached,
                    chosen=letter.chosen,
                )


def _holder(work: Work, place: Home, gateway: Gateway, held: Held) -> ActingParty:
    """Return the party a foreign title was transferred to; only a user of its own sends it on."""
    actor = work.actor()
    if held.holder is None or load_profile(actor.directory, actor.user).user.party_id != held.holder:
        raise InputError(
            f"This title was transferred to {held.holder}, whose user alone sends it on.", code="NOT_IN_CONTROL"
        )
    names = Directory.of(place.settings.platform, gateway.run(parties.list_parties()))
    return names.party(names.parties[held.holder].party.ref)


def _large(profile: Path) -> Large:
    files = open_store(profile)

    def content(checksum: str) -> bytes | None:
        return b"".join(files.read(checksum)) if files.has(checksum) else None

    return content


def sender_to(place: Home, code: str, url: str | None) -> Sender:
    """Return the way to another platform, at an address other than the settings' where one is given."""
    peer, tls = place.peer(code), place.settings.tls
    return Sender(url or peer.url, tls_context(*(place.path(name) for name in (tls.certificate, tls.key, tls.roots))))


@contextmanager
def opened(directory: Path) -> Iterator[tuple[Home, Store]]:
    """Open a platform's directory and database."""
    place = load(directory)
    store = place.store()
    try:
        yield place, store
    finally:
        store.close()


def connect_operator(place: Home) -> Gateway:
    """Connect as the platform's own party."""
    operator = place.settings.operator
    return connect(place.path(operator.profile), operator.user)


def _recipient(letter: Letter) -> ActingParty:
    provider, colon, value = letter.code.partition(":")
    if not colon:
        raise InputError("--code is PROVIDER:CODE, such as GLEIF:529900T8BM49AURSDO55.", code="USAGE")
    identified = [{"codeListProvider": provider, "partyCode": value}]
    party = {"partyName": letter.recipient, "eblPlatform": letter.to, "identifyingCodes": identified}
    try:
        return read(ActingParty, party)
    except Malformed as error:
        raise InputError(f"The recipient is not acceptable: {error}.", code="INVALID_REQUEST") from None


def _manifest(file: Path) -> str:
    found = _object(file).get("issuanceManifestSignedContent")
    if not isinstance(found, str):
        raise InputError(f"{file} has no issuanceManifestSignedContent.", code="MANIFEST_NEEDED")
    return found


def _attachment(path: Path) -> Attachment:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = read_file(path)
    try:
        describe(path.name, content, media_type)
    except Malformed as error:
        raise InputError(f"{path} cannot go along: {error}.", code="INVALID_DOCUMENT") from None
    return Attachment(path.name, content, media_type)


def _object(file: Path) -> dict[str, object]:
    try:
        value = parse_json(read_file(file))
    except JsonError as error:
        raise InputError(f"{file} cannot be used: {error}.", code="INVALID_DOCUMENT") from None
    return value if isinstance(value, dict) else {}
