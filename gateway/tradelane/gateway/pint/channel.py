"""The registry on a Fabric channel: asked, and told of returns, as the operator."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa.endorsement_chain import MUTUALLY_AGREED
from tradelane.gateway.errors import InputError, Refused
from tradelane.gateway.ledger import queries
from tradelane.gateway.pint.registry import Control, Receiver, Return
from tradelane.gateway.trade import ebl, parties
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa.parties import IdentifyingCode
from tradelane.model.party import PartyView
from tradelane.model.title import TitleStatus
from tradelane.model.title_parts import Abroad
from tradelane.model.title_requests import ControlView
from tradelane.rules.refusal import Code

_GLEIF: Final = "GLEIF"
_NOT_AT_HAND: Final = (Code.UNKNOWN_DOCUMENT, Code.NOT_AT_THIS_PEER)
_SURRENDERED: Final = (
    TitleStatus.SURRENDERED_FOR_DELIVERY,
    TitleStatus.SURRENDERED_FOR_AMENDMENT,
    TitleStatus.VOIDED,
)
_SCHEME: Final = "urn:tradelane:ctr:v1:"


class ChannelRegistry:
    """What the ledger says. Each call is one or two evaluations at the operator's own peer, or one transaction."""

    def __init__(self, operator: Gateway, uri: str | None = None) -> None:
        """Name the connection of a signer of the party that is licensed as PLATFORM.

        Args:
            operator: The connection.
            uri: What chains name this channel by, where its peers do not have its first block to make it of.
        """
        self._operator = operator
        self._uri = uri

    @property
    def uri(self) -> str:
        """Return the channel's name as a registry: made of the hash of its first block, so nobody else has the same."""
        if self._uri is None:
            self._uri = f"{_SCHEME}{self._operator.run(queries.block(0)).header.hash.hex()}"
        return self._uri

    def receiver(self, codes: Sequence[IdentifyingCode]) -> Receiver | None:
        """Return the party that all codes we know of name: its LEI (GLEIF) and its id here (ZZZ)."""
        found = [self._party(code) for code in codes if code.code_list_provider in (_GLEIF, MUTUALLY_AGREED)]
        named = {None if view is None else view.party.party_id for view in found}
        view = found[0] if len(named) == 1 else None
        if view is None or not view.party.effective_roles:
            return None
        return Receiver(view.party.party_id, view.name or view.party.party_id)

    def control(self, title_id: str) -> Control:
        """Return where the ledger has control of a title."""
        title = self._operator.run(ebl.show(title_id))
        return _control(title.title_id, title.abroad, title.returned_by, title.status)

    def left_with(self, entry: str) -> Control | None:
        """Return where control is of the title that left with a chain entry; None where none ever did."""
        return _viewed(self._operator.run(ebl.find_exit(entry)))

    def is_behind(self, entry: str) -> bool:
        """Tell whether a peer of another organisation knows more of the title that left with an entry.

        What only another organisation's peer says is believed so far that nothing is signed against it, no farther.
        """
        return self._operator.run(ebl.is_behind(entry))

    def over(self, document: Mapping[str, Any], issued_in: str | None = None) -> Control | None:
        """Return where control is of the title over a document; None where no carrier (there) issued one."""
        asked = ebl.find_document(
            transport_document_reference=document["transportDocumentReference"],
            document=canonicalize(document),
            organisation=issued_in,
        )
        return _viewed(self._operator.run(asked))

    def take_back(self, coming: Return) -> None:
        """Bring a title back; endorsed by every organisation that endorses titles.

        The party gets the title's documents from the operator, where the operator has them: those of a title that left
        without them stay where they are, and the title comes back all the same.
        """
        back = partial(
            ebl.import_back,
            coming.title_id,
            to=coming.to,
            left_by=coming.left_by,
            entry=coming.entry,
            endorsed=coming.endorsed,
            endorsee=coming.endorsee,
            may_endorse=coming.may_endorse,
            endorser=coming.endorser,
            surrender=coming.surrender,
            reason_code=coming.reason_code,
        )
        try:
            self._operator.run(back())
        except Refused as refused:
            if refused.reason not in _NOT_AT_HAND:
                raise
            self._operator.run(back(share=False))

    def _party(self, code: IdentifyingCode) -> PartyView | None:
        ask = parties.find if code.code_list_provider == _GLEIF else parties.show
        try:
            return self._operator.run(ask(code.party_code))
        except InputError:  # no LEI, no party id
            return None
        except Refused as refused:
            if refused.reason is Code.UNKNOWN_PARTY:
                return None
            raise


def _viewed(view: ControlView | None) -> Control | None:
    if view is None or view.title_id is None:
        return None
    found = _control(view.title_id, view.abroad, view.returned_by, view.status)
    return replace(found, issued_in=view.issuer)


def _control(title_id: str, abroad: Abroad | None, returned_by: str | None, status: TitleStatus | None) -> Control:
    if abroad is not None:
        return Control(title_id, abroad.entry, None, abroad.platform)
    # Whatever was done with it here since: while it is here, it is here by the entry with which it came back last.
    return Control(title_id, None, returned_by, surrendered=status in _SURRENDERED)
