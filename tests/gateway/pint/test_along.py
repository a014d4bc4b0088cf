"""What goes along with a title: its attachments, as far as its holder has them and chooses them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import USER
from tests.gateway.contracts import TITLE, Contracts, ref
from tests.support.loopback_gateway import Invocation, Script
from tests.support.pint import ISSUE_TO, issuance_manifest
from tradelane.gateway import client
from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.along import Along, collect
from tradelane.gateway.retry import NO_RETRY
from tradelane.model.attachment import LARGE_FROM_BYTES, Attached, AttachmentKind, Description
from tradelane.model.canonical import canonicalize

BILL, INVOICE = b"%PDF bill", b"%PDF invoice"
LARGE = b"%PDF large" + bytes(LARGE_FROM_BYTES)


class Shelf:
    """Attachments in a peer's hands."""

    def __init__(self) -> None:
        self.rows: list[tuple[dict[str, Any], dict[str, Any] | None, bytes]] = []

    def put(self, name: str, content: bytes, kind: str = "SUPPORTING", *, given: bool = True) -> None:
        said = Description(
            title_id=TITLE,
            attachment_id=f"{len(self.rows) + 1:032x}",
            kind=AttachmentKind(kind),
            name=name,
            media_type="application/json" if kind == "ISSUANCE_MANIFEST" else "application/pdf",
            size=len(content),
            checksum=checksums.of_bytes(content),
            salt="07" * 32,
        )
        attached = Attached(
            attachment_id=said.attachment_id,
            kind=said.kind,
            commitment=said.commitment,
            attached_by=ref("shcarrier"),
            title_sequence=1,
            attached_at="2026-03-02T00:00:00.000Z",
        )
        self.rows.append((json.loads(attached.to_json()), json.loads(said.to_json()) if given else None, content))

    def listed(self, asked: Invocation) -> Any:
        return [{"attached": row, **({} if said is None else {"description": said})} for row, said, _ in self.rows]

    def read(self, asked: Invocation) -> Any:
        wanted = json.loads(asked.arguments[0])["attachmentId"]
        attached, said, content = next(row for row in self.rows if row[0]["attachmentId"] == wanted)
        found = {"attached": attached, "description": said}
        return found if len(content) >= LARGE_FROM_BYTES else {**found, "content": base64.b64encode(content).decode()}


@pytest.fixture
def shelf(script: Script) -> Shelf:
    script.chaincode = contracts = Contracts()
    found = Shelf()
    contracts.answers |= {"document:attachments": found.listed, "document:attachment": found.read}
    return found


@pytest.fixture
def holder(profile: Path, shelf: Shelf) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def signed(visualisation: bytes | None = BILL) -> bytes:
    value = {"issueTo": ISSUE_TO, "issuanceManifestSignedContent": issuance_manifest(visualisation)}
    return canonicalize(value)


def names(along: Along) -> list[str]:
    return [each.name for each in along.supporting]


def nowhere(checksum: str) -> bytes | None:
    return None


def test_all_of_it_goes_along_by_default(holder: Gateway, shelf: Shelf) -> None:
    shelf.put("issuance-manifest.json", signed(), "ISSUANCE_MANIFEST")
    shelf.put("bill.pdf", BILL, "VISUALISATION")
    shelf.put("invoice.pdf", INVOICE)
    shelf.put("not-mine.pdf", b"%PDF other", given=False)
    found = collect(holder, TITLE, nowhere)
    assert found.visualisation is not None
    assert (found.manifest, found.visualisation.content) == (issuance_manifest(BILL), BILL)
    assert names(found) == ["invoice.pdf"]


@pytest.mark.parametrize("by", ["name", "id"])
def test_supporting_documents_are_chosen_but_never_the_visualisation(holder: Gateway, shelf: Shelf, by: str) -> None:
    shelf.put("issuance-manifest.json", signed(), "ISSUANCE_MANIFEST")
    shelf.put("bill.pdf", BILL, "VISUALISATION")
    shelf.put("invoice.pdf", INVOICE)
    shelf.put("packing.pdf", b"%PDF packing")
    found = collect(holder, TITLE, nowhere, ["invoice.pdf" if by == "name" else f"{3:032x}"])
    assert (names(found), found.visualisation is not None) == (["invoice.pdf"], True)
    none = collect(holder, TITLE, nowhere, [])
    assert (none.supporting, none.visualisation is not None) == ((), True)
    with pytest.raises(InputError, match="attached to this title") as error:
        collect(holder, TITLE, nowhere, ["other.pdf"])
    assert error.value.code == "NOT_OF_THIS_TITLE"


@pytest.mark.parametrize("manifest", [b"another bill", None])
def test_a_rendering_that_the_carrier_did_not_sign_is_any_document(
    holder: Gateway, shelf: Shelf, manifest: bytes | None
) -> None:
    shelf.put("issuance-manifest.json", signed(manifest), "ISSUANCE_MANIFEST")
    shelf.put("bill.pdf", BILL, "VISUALISATION")
    found = collect(holder, TITLE, nowhere)
    assert (found.visualisation, names(found)) == (None, ["bill.pdf"])
    at_hand = collect(holder, TITLE, nowhere, manifest=issuance_manifest(BILL))  # from the carrier's own file
    assert (at_hand.visualisation is not None, at_hand.manifest) == (True, issuance_manifest(BILL))


def test_a_large_file_comes_from_the_organisations_store(holder: Gateway, shelf: Shelf) -> None:
    shelf.put("scan.pdf", LARGE)
    files = {checksums.of_bytes(LARGE): LARGE}
    assert collect(holder, TITLE, files.get).supporting[0].content == LARGE
    with pytest.raises(InputError, match="not in your store") as error:
        collect(holder, TITLE, nowhere)
    assert error.value.code == "FILE_MISSING"
    assert collect(holder, TITLE, nowhere, []).supporting == ()
