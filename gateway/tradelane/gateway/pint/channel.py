"""The registry on a Fabric channel: asked, and told of returns, as the operator."""

from collections.abc import Sequence
from typing import Final

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa.endorsement_chain import MUTUALLY_AGREED
from tradelane.gateway.errors import InputError, Refused
from tradelane.gateway.pint.registry import Control, Receiver, Return
from tradelane.gateway.trade import ebl, parties
from tradelane.model.dcsa.parties import IdentifyingCode
from tradelane.model.party import PartyView
from tradelane.rules.refusal import Code

_GLEIF: Final = "GLEIF"


class ChannelRegistry:
    """What the ledger says. Each call is one or two evaluations at the operator's own peer, or one transaction."""

    def __init__(self, operator: Gateway) -> None:
        """Name the connection of a signer of the party that is licensed as PLATFORM."""
        self._operator = operator

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
        # Whatever was done with it here since: while it is here, it is here by the entry with which it came back last.
        return Control(title.abroad.entry, None) if title.abroad is not None else Control(None, title.returned_by)

    def take_back(self, coming: Return) -> None:
        """Bring a title back; endorsed by every organisation that endorses titles."""
        self._operator.run(
            ebl.import_back(
                coming.title_id,
                to=coming.to,
                left_by=coming.left_by,
                entry=coming.entry,
                endorsed=coming.endorsed,
                endorsee=coming.endorsee,
                may_endorse=coming.may_endorse,
                endorser=coming.endorser,
            )
        )

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
