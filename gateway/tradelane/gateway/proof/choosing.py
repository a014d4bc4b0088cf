"""What the holder wants to open, and opening it out of what the contract has told."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tradelane.gateway.errors import InputError
from tradelane.gateway.proof.container import DocumentDisclosure, RemarkDisclosure
from tradelane.model.document import DocumentContent
from tradelane.model.title_requests import HistoryEntry, Remark

_CHOICE: Final = re.compile(r"document|remarks|names|remark:(?P<sequence>[1-9][0-9]{0,8})|name:(?P<party>.+)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A holder's choice."""

    document: bool
    all_remarks: bool
    remarks: frozenset[int]
    all_names: bool
    names: tuple[str, ...]

    @classmethod
    def of(cls, wanted: Sequence[str]) -> "Chosen":
        """Read a choice.

        Raises:
            InputError: UNKNOWN_DISCLOSURE.
        """
        matches = {each: _CHOICE.fullmatch(each) for each in wanted}
        unknown = [each for each, match in matches.items() if match is None]
        if unknown:
            raise InputError(
                f"{unknown[0]!r} cannot be disclosed; what can: document, remarks, remark:N (the words of act N), "
                "names, name:PARTY.",
                code="UNKNOWN_DISCLOSURE",
            )
        found = [match for match in matches.values() if match is not None]
        return cls(
            document="document" in wanted,
            all_remarks="remarks" in wanted,
            remarks=frozenset(int(each["sequence"]) for each in found if each["sequence"]),
            all_names="names" in wanted,
            names=tuple(dict.fromkeys(each["party"] for each in found if each["party"])),
        )

    def named(self, parties: Sequence[str]) -> tuple[str, ...]:
        """Return whose names to open.

        Raises:
            InputError: NOTHING_TO_DISCLOSE.
        """
        strangers = [each for each in self.names if each not in parties]
        if strangers:
            raise InputError(f"{strangers[0]!r} is no party of the title.", code="NOTHING_TO_DISCLOSE")
        return tuple(parties) if self.all_names else self.names

    def opened_remarks(self, entries: Sequence[HistoryEntry]) -> tuple[RemarkDisclosure, ...]:
        """Return the words to open.

        Raises:
            InputError: NOTHING_TO_DISCLOSE: an act went without words, or the peer does not have them.
        """
        found = {entry.title.sequence: _remark(entry) for entry in entries}
        missing = sorted(sequence for sequence in self.remarks if found.get(sequence) is None)
        if missing:
            raise InputError(
                f"Your organisation's peer has no words that went with act {missing[0]}.", code="NOTHING_TO_DISCLOSE"
            )
        wanted = found if self.all_remarks else self.remarks
        return tuple(
            RemarkDisclosure(remark=remark) for sequence, remark in found.items() if remark and sequence in wanted
        )

    def opened_document(self, content: DocumentContent) -> DocumentDisclosure:
        """Return a document, opened."""
        return DocumentDisclosure(content=content.content, salt=content.salt)


def _remark(entry: HistoryEntry) -> Remark | None:
    if entry.remark is None or entry.salt is None:
        return None
    remark = Remark(
        title_id=entry.title.title_id,
        sequence=entry.title.sequence,
        author=entry.title.last_action.actor.party_id,
        text=entry.remark,
        feedback=entry.feedback,
        salt=entry.salt,
    )
    return remark if hashlib.sha256(remark.to_json()).hexdigest() == entry.title.last_action.evidence else None
