"""Endorsement chains of titles that have crossed, for who is entitled to them: DCSA EBL_END 3.0.4.

Who asks is told by the client certificate, which the platform's settings give to a party of this channel. It gets the
chains of the titles it is a party of by the ledger, such as a carrier those it has issued. Of any other title it hears
what everybody hears: that there is none.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa.endorsement_chain import chain_head, in_end
from tradelane.gateway.dcsa.messages import Transaction, read
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.messages import ChainEntry
from tradelane.gateway.pint.since import done_here
from tradelane.gateway.pint.store import Held, Store
from tradelane.gateway.trade import ebl
from tradelane.model.title import TitleRecord

API_VERSION: Final = "3.0.4"


@dataclass(frozen=True)
class Filter:
    """Which of the chains of one reference are meant.

    Attributes:
        sub_reference: transportDocumentSubReference; None for any.
        scac: carrierSCACCode; None for any.
    """

    sub_reference: str | None = None
    scac: str | None = None

    def fits(self, document: Mapping[str, Any]) -> bool:
        """Tell whether a document's chain is one of them."""
        scac = document.get("carrierCode") if document.get("carrierCodeListProvider") == "NMFTA" else None
        sub_reference = document.get("transportDocumentSubReference")
        return self.sub_reference in (None, sub_reference) and self.scac in (None, scac)


@dataclass(frozen=True)
class Chains:
    """Answers who asks for endorsement chains.

    Attributes:
        platform: The platform's code.
        keys: The platforms' keys.
        store: The platform's database.
        operator: The connection of its own party.
        readers: Parties by the SHA-256 of the certificates they show.
    """

    platform: str
    keys: TrustedKeys
    store: Store
    operator: Gateway
    readers: Mapping[str, str]

    def answer(self, reference: str, certificate: str | None, wanted: Filter) -> list[dict[str, Any]]:
        """Return the chains of a reference that who asks is entitled to; none for a stranger.

        Args:
            reference: The transport document's.
            certificate: SHA-256 of the certificate that was shown.
            wanted: Which of them.

        Raises:
            GatewayError: The ledger cannot be asked.
        """
        reader = None if certificate is None else self.readers.get(certificate)
        if reader is None:
            return []
        return [
            chain
            for held in self.store.titles_of(reference)
            if held.title_id is not None and wanted.fits(held.document)
            for chain in self._chain(held, held.title_id, reader)
        ]

    def _chain(self, held: Held, title_id: str, reader: str) -> Iterator[dict[str, Any]]:
        title = self.operator.run(ebl.show(title_id))
        if reader not in title.parties:
            return
        links = [in_end(each).value() for each in self._transactions(held, title)]
        yield {**chain_head(held.document), "endorsementChain": links[::-1]}

    def _transactions(self, held: Held, title: TitleRecord) -> Sequence[Transaction]:
        """Return what the signed entries say was done, on whatever platform, and what was done here since."""
        entries = [read(ChainEntry, self.keys.verify(content).payload) for content in held.chain]
        told = [transaction for entry in entries for transaction in entry.transactions]
        if title.abroad is not None or not held.here:
            return told
        return [*told, *done_here(self.operator, title.title_id, held.chain, self.platform)]


def readers_of(files: Mapping[str, Iterable[Path]]) -> dict[str, str]:
    """Return parties by the SHA-256 of their certificates, out of PEM files.

    Raises:
        InputError: BAD_SETTINGS: a file is none, or one certificate is given to two parties.
    """
    found: dict[str, str] = {}
    for party_id, paths in files.items():
        for path in paths:
            try:
                certificates = x509.load_pem_x509_certificates(path.read_bytes())
            except (OSError, ValueError):
                raise InputError(f"{path} holds no certificate of {party_id}.", code="BAD_SETTINGS") from None
            for each in certificates:
                digest = hashlib.sha256(each.public_bytes(Encoding.DER)).hexdigest()
                if found.setdefault(digest, party_id) != party_id:
                    raise InputError(
                        f"One certificate belongs to both {found[digest]} and {party_id}.", code="BAD_SETTINGS"
                    )
    return found
