"""What the carrier adds to its issuance request on the command line: its rendering and its signature."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import typer

from tradelane.gateway.cli.work import read_file
from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.issuance import Visualisation, request_with
from tradelane.gateway.dcsa.lookalikes import lookalikes
from tradelane.gateway.store import Store, keep
from tradelane.gateway.trade.attachments import media_type_of
from tradelane.gateway.trade.issuance import read_issuance
from tradelane.model.attachment import AttachmentKind


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


def warn_of_lookalikes(canonical: bytes) -> None:
    """Say on standard error which names of a document could be taken for others."""
    for found in lookalikes(json.loads(canonical)):
        typer.echo(f"Look twice at the name at {found.path}: {found.said}.", err=True)


def _rendered(path: Path) -> Visualisation:
    return Visualisation(path.name, read_file(path), media_type_of(path.name))
