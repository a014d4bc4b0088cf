"""TradeLane's chaincode on the in-memory ledger, with the parties and the documents of the examples."""

import copy
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from tests.support.identities import admin_identity, party_identity
from tests.support.memory_ledger import MemoryLedger, NotEndorsed, Outcome, Transaction
from tradelane.chaincode.contract import build
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.model.attachment import (
    AttachmentContent,
    AttachmentKind,
    AttachmentView,
    Description,
    DocumentSet,
)
from tradelane.model.base import Record
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import quantities_of, read_document
from tradelane.model.document import Lodgement
from tradelane.model.quantities import Quantities
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import ReplacedTitles
from tradelane.rules.ebl.quantities import conservation
from tradelane.rules.refusal import Code

R = TypeVar("R", bound=Record)

EXAMPLES = Path(__file__).parents[2] / "examples"
HK, SH = "HongKongMSP", "ShanghaiMSP"
MSP_IDS = {"hongkong": HK, "shanghai": SH}
CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
HK_OUTSIDER, SH_OUTSIDER = "kowloon-trading", "pudong-trading"
HK_AUTHORITY, SH_AUTHORITY = "hk-authority", "sh-authority"
PARTIES: dict[str, dict[str, Any]] = {
    row["partyId"]: row for row in json.loads((EXAMPLES / "parties.json").read_text())
}
SALT = bytes(range(32))
TITLE, DOCUMENT, ATTACHMENT = "aa" * 16, "dd" * 16, "a7" * 16
PDF = b"%PDF-1.7 invoice 17"
_VIEWS = TypeAdapter(list[AttachmentView])


def example_document(name: str = "") -> dict[str, Any]:
    """Return a fresh copy of an example's transport document; without a name that of the issuance request."""
    if name:
        found: dict[str, Any] = json.loads((EXAMPLES / "transport-documents" / f"{name}.json").read_text())
        return found
    return dict(json.loads((EXAMPLES / "issuance-request.json").read_text())["document"])


def changed(document: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a copy of a document with other values of its top-level fields."""
    return {**copy.deepcopy(dict(document)), **changes}


class Trade:
    """A channel with TradeLane's chaincode; calls are named as in the gateway, results are records."""

    def __init__(self, ledger: MemoryLedger | None = None, chaincode: Chaincode | None = None) -> None:
        self.ledger = ledger or MemoryLedger()
        self.chaincode = chaincode or build()
        self.joint: dict[str, str] = {}
        """Where joint parties are at home."""

    @property
    def msp_ids(self) -> tuple[str, ...]:
        return self.ledger.msp_ids

    def signer(self, party_id: str) -> ClientIdentity:
        return party_identity(self.home(party_id), party_id)

    def home(self, party_id: str) -> str:
        return self.joint.get(party_id) or MSP_IDS[PARTIES[party_id]["org"]]

    async def endorse(
        self,
        who: str | ClientIdentity,
        function: str,
        request: Mapping[str, Any] | bytes = b"{}",
        transient: Mapping[str, bytes] | None = None,
        endorsing: Sequence[str] | None = None,
    ) -> Transaction:
        """Endorse as a party (by id) or an identity."""
        identity = self.signer(who) if isinstance(who, str) else who
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        return await self.ledger.endorse(
            self.chaincode, identity, function, body, transient=transient, endorsing=endorsing
        )

    async def submit(
        self,
        who: str | ClientIdentity,
        function: str,
        request: Mapping[str, Any] | bytes = b"{}",
        transient: Mapping[str, bytes] | None = None,
        endorsing: Sequence[str] | None = None,
    ) -> Outcome:
        """Submit in a block of its own and demand that it is written."""
        outcome = self.ledger.commit([await self.endorse(who, function, request, transient, endorsing)])[0]
        assert outcome.valid, outcome
        return outcome

    async def evaluate(
        self, who: str | ClientIdentity, function: str, request: Mapping[str, Any] | bytes = b"{}", at: str = ""
    ) -> bytes:
        """Ask the caller's own peer, or another's; a refusal is raised as when submitting."""
        identity = self.signer(who) if isinstance(who, str) else who
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        msp_id = at or identity.msp_id
        response = await self.ledger.evaluate(self.chaincode, identity, msp_id, function, body)
        if response.status >= 400:
            raise NotEndorsed(msp_id, response)
        return response.payload

    async def open(self) -> None:
        """Register both organisations, prepare them, admit the parties of the examples and license the bank."""
        for msp_id in self.msp_ids:
            await self.submit(admin_identity(msp_id), "organisation:register")
            await self.submit(
                admin_identity(msp_id),
                "organisation:prepare",
                transient={"referenceKey": sha256(msp_id.encode()).digest()},
                endorsing=[msp_id],
            )
        for party_id in PARTIES:
            await self.admit(party_id)
        await self.submit(HK_AUTHORITY, "party:licence", {"partyId": BANK, "role": "BANK"})

    async def admit(self, party_id: str) -> Outcome:
        row = PARTIES[party_id]
        return await self.submit(
            admin_identity(self.home(party_id)),
            "party:admit",
            {"partyId": party_id, "lei": row["lei"], "roles": row["roles"]},
            {"name": row["name"].encode(), "salt": SALT},
        )

    async def join(self, party_id: str, *members: str) -> Outcome:
        """Form a joint party of parties of one organisation."""
        self.joint[party_id] = self.home(members[0])
        admin = admin_identity(self.joint[party_id])
        body = {"partyId": party_id, "members": list(members)}
        return await self.submit(admin, "party:join", body, {"name": b"Both together", "salt": SALT})

    async def lodge(
        self,
        document: Mapping[str, Any] | None = None,
        document_id: str = DOCUMENT,
        who: str | ClientIdentity = CARRIER,
        salt: bytes = SALT,
    ) -> Outcome:
        """Lodge, by default the example's document as the carrier."""
        msp_id = self.home(who) if isinstance(who, str) else who.msp_id
        content = json.dumps(document or example_document()).encode()
        return await self.submit(
            who,
            "document:lodge",
            {"documentId": document_id},
            {"document": content, "salt": salt},
            endorsing=[msp_id],
        )

    async def lodgement(self, document_id: str = DOCUMENT, who: str = CARRIER) -> Lodgement:
        return Lodgement.from_json(await self.evaluate(who, "document:lodgement", {"documentId": document_id}))

    async def issue(
        self, to: str = EXPORTER, title_id: str = TITLE, document_id: str = DOCUMENT, who: str = CARRIER
    ) -> TitleRecord:
        """Issue over a lodged document."""
        facts = json.loads((await self.lodgement(document_id, who)).to_json())
        body = {"titleId": title_id, "lodgement": facts, "issueTo": to}
        return TitleRecord.from_json((await self.submit(who, "ebl:issue", body)).response.payload)

    async def act(
        self, who: str, function: str, title_id: str = TITLE, *, reason: str | None = None, **request: Any
    ) -> TitleRecord:
        """Do `ebl:<function>` on a title, with words that stay private where given."""
        transient = None if reason is None else {"reason": reason.encode(), "salt": SALT}
        outcome = await self.submit(who, f"ebl:{function}", {"titleId": title_id, **request}, transient)
        return TitleRecord.from_json(outcome.response.payload)

    async def reject(self, who: str, reason: str = "not presented in order", title_id: str = TITLE) -> TitleRecord:
        return await self.act(who, "reject", title_id, reason=reason)

    async def replace(
        self,
        who: str,
        old: Sequence[str],
        new: Mapping[str, Mapping[str, Any]],
        salt: bytes = SALT,
        *,
        olds: Mapping[str, Mapping[str, Any]] | None = None,
        **more: Any,
    ) -> tuple[TitleRecord, ...]:
        """Lodge documents for new titles (by title id, which serves as document id too) and replace old ones.

        The old ones' documents are the example's, where `olds` names no other.
        """
        olds = olds or {}
        titles = []
        for title_id, document in new.items():
            await self.lodge(document, title_id, who, salt)
            facts = json.loads((await self.lodgement(title_id, who)).to_json())
            titles.append({"titleId": title_id, "lodgement": facts})
        body: dict[str, Any] = {"replaces": list(old), "titles": titles}
        if len(old) + len(new) > 2:
            before = [self.quantities(olds.get(title_id) or example_document(), SALT) for title_id in old]
            shown = conservation(before, [self.quantities(document, salt) for document in new.values()])
            body["conservation"] = json.loads(shown.to_json())
        outcome = await self.submit(who, "ebl:replace", {**body, **more})
        return ReplacedTitles.from_json(outcome.response.payload).titles

    @staticmethod
    def quantities(document: Mapping[str, Any], salt: bytes) -> tuple[Quantities, bytes]:
        """Return a document's quantities with its salt, as a replacement shows that they are conserved."""
        return quantities_of(read_document(canonicalize(document)).document), salt

    async def share(
        self, who: str, to: str, title_id: str = TITLE, document: Mapping[str, Any] | None = None, salt: bytes = SALT
    ) -> Outcome:
        """Share, by default the example's document."""
        content = read_document(canonicalize(document or example_document())).canonical
        return await self.submit(
            who,
            "document:share",
            {"titleId": title_id, "recipient": to},
            {"document": content, "salt": salt},
            endorsing=[self.home(to)],
        )

    def described(self, content: bytes = PDF, attachment_id: str = ATTACHMENT, **changes: Any) -> Description:
        """Return the description of a file for the example's title."""
        said: dict[str, Any] = {
            "title_id": TITLE,
            "attachment_id": attachment_id,
            "kind": AttachmentKind.SUPPORTING,
            "name": "invoice 17.pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "checksum": sha256(content).hexdigest(),
            "salt": SALT.hex(),
        }
        return Description(**{**said, **changes})

    async def lodge_attachment(
        self, who: str, description: Description, content: bytes | None = PDF, endorsing: Sequence[str] = ()
    ) -> Outcome:
        """Lodge a file; without content where that is None."""
        transient = {"description": description.to_json(), **({} if content is None else {"content": content})}
        body = {"titleId": description.title_id, "attachmentId": description.attachment_id}
        return await self.submit(
            who, "document:lodgeAttachment", body, transient, endorsing=endorsing or [self.home(who)]
        )

    async def attach(
        self, who: str, description: Description | None = None, content: bytes | None = PDF, **changes: Any
    ) -> DocumentSet:
        """Lodge a file and attach it to its title."""
        described = description or self.described()
        await self.lodge_attachment(who, described, content)
        return await self.attach_lodged(who, described, **changes)

    async def attach_lodged(self, who: str, description: Description, **changes: Any) -> DocumentSet:
        body = {
            "titleId": description.title_id,
            "attachmentId": description.attachment_id,
            "kind": description.kind,
            "commitment": description.commitment,
            **changes,
        }
        return DocumentSet.from_json((await self.submit(who, "document:attach", body)).response.payload)

    async def share_attachment(
        self, who: str, to: str, description: Description | None = None, content: bytes | None = PDF
    ) -> Outcome:
        """Hand an attachment on."""
        described = description or self.described()
        transient = {"description": described.to_json(), **({} if content is None else {"content": content})}
        body = {"titleId": described.title_id, "attachmentId": described.attachment_id, "recipient": to}
        return await self.submit(who, "document:shareAttachment", body, transient, endorsing=[self.home(to)])

    async def attachment(self, who: str, attachment_id: str = ATTACHMENT) -> AttachmentContent:
        body = {"titleId": TITLE, "attachmentId": attachment_id}
        return AttachmentContent.from_json(await self.evaluate(who, "document:attachment", body))

    async def attached(self, who: str, recipient: str | None = None) -> list[AttachmentView]:
        body = {"titleId": TITLE} if recipient is None else {"titleId": TITLE, "recipient": recipient}
        return _VIEWS.validate_json(await self.evaluate(who, "document:attachments", body))

    async def show(self, who: str, title_id: str = TITLE) -> TitleRecord:
        return TitleRecord.from_json(await self.evaluate(who, "ebl:show", {"titleId": title_id}))


def refused(error: NotEndorsed) -> tuple[Code, int, str, dict[str, str]]:
    """Take a refusal apart: code, status, message, details."""
    content = json.loads(error.response.message)
    return Code(content["code"]), error.response.status, content["message"], content["details"]
