"""What the carrier adds to its issuance request on the command line: its rendering and its signature."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from tradelane.gateway.cli.work import read_file, write_private_file
from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.issuance import (
    MAX_REQUEST_BYTES,
    IssuanceCode,
    Visualisation,
    request_with,
    response_of,
)
from tradelane.gateway.dcsa.lookalikes import lookalikes
from tradelane.gateway.errors import InputError, Refused
from tradelane.gateway.store import Store, keep
from tradelane.gateway.trade.attachments import media_type_of
from tradelane.gateway.trade.issuance import read_issuance
from tradelane.gateway.trade.messages import issuance_refusal
from tradelane.model.attachment import AttachmentKind
from tradelane.model.canonical import JsonError, parse_json


def completed(content: bytes, visualisation: Path | None, key: Path | None, store: Callable[[], Store]) -> bytes:
    """Return an issuance request with what the options add; a large visualisation goes into the store.

    Raises:
        InputError: INVALID_DOCUMENT, FILE_UNREADABLE, WRONG_MEDIA_TYPE, ...
        IdentityError: See `signing.load`.
    """
    warn_of_lookalikes(read_issuance(content).examined.canonical)
    if visualisation is not None or key is not None:
        rendered = None if visualisation is None else _rendered(visualisation)
        signer = None if key is None else signing.load(key)
        content = json.dumps(request_with(json.loads(content), signer, rendered)).encode()
    file = read_issuance(content).files.get(AttachmentKind.VISUALISATION)
    if file is not None:
        keep(io.BytesIO(file.content or b""), file.name, store(), file.media_type)
    return content


@contextmanager
def answering(content: bytes, response: Path | None) -> Iterator[None]:
    """Write DCSA's response to an issuance request, once it is issued or refused; an error goes on all the same."""
    if response is None:
        yield
        return
    try:
        yield
    except (InputError, Refused) as error:
        reference = _reference(content)
        if reference is not None:
            _write(response, issuance_refusal(reference, error))
        raise
    _write(response, response_of(_reference(content) or "", IssuanceCode.ISSUED))


def _reference(content: bytes) -> str | None:
    """Return the reference of a request's document; None where it has none that a response could name."""
    try:
        whole = parse_json(content, MAX_REQUEST_BYTES)
        found = whole["document"]["transportDocumentReference"] if isinstance(whole, dict) else None
    except (JsonError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _write(path: Path, message: dict[str, Any]) -> None:
    write_private_file(path, json.dumps(message, indent=2, ensure_ascii=False).encode())


def warn_of_lookalikes(canonical: bytes) -> None:
    """Say on standard error which names of a document could be taken for others."""
    for found in lookalikes(json.loads(canonical)):
        typer.echo(f"Look twice at the name at {found.path}: {found.said}.", err=True)


def _rendered(path: Path) -> Visualisation:
    return Visualisation(path.name, read_file(path), media_type_of(path.name))
