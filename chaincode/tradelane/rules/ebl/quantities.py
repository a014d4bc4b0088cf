"""Quantities as a title commits to them, and as a split or a combination opens them."""

import hashlib
from dataclasses import dataclass

from tradelane.model.dcsa import TransportDocument, quantities_of
from tradelane.model.document import Salt
from tradelane.model.identifiers import Sha256
from tradelane.model.quantities import Quantities


@dataclass(frozen=True, slots=True)
class Opening:
    """Quantities and the salt they were committed to with."""

    quantities: Quantities
    salt: Salt


def opening_of(document: TransportDocument, salt: bytes) -> Opening:
    """Return a document's quantities with a salt that says nothing about the document's own."""
    return Opening(quantities_of(document), hashlib.sha256(b"quantities" + salt).hexdigest())


def commitment_of(opening: Opening) -> Sha256:
    """Return SHA-256 over salt and the quantities' canonical bytes."""
    return hashlib.sha256(bytes.fromhex(opening.salt) + opening.quantities.to_json()).hexdigest()
