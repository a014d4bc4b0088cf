"""The way of one title: issue, endorse and transfer to the bank, on to the importer, surrender, accept.

At each hop the former controller is refused, the new one succeeds, and a party from neither side is refused.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from examples.story.account import Account, state_of
from examples.story.cast import EXAMPLES, Cast
from tradelane.gateway import Committed, ebl
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action

CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
OUTSIDERS = ("pudong-trading", "kowloon-trading")


def issuance_request() -> dict[str, Any]:
    """Return the example's issuance request with a reference that was never used before."""
    request: dict[str, Any] = json.loads((EXAMPLES / "issuance-request.json").read_text())
    request["document"]["transportDocumentReference"] = f"JHL{secrets.token_hex(6).upper()}"
    return request


@dataclass
class TitleWay:
    """One title on its way; `latest` is what the last act made of it."""

    cast: Cast
    account: Account
    latest: Committed[TitleRecord]

    @classmethod
    def issued(cls, cast: Cast, account: Account) -> "TitleWay":
        """Have the carrier lodge the document and issue its title to the exporter."""
        carrier = cast.as_party(CARRIER)
        done = account.act(
            "lodge the document, issue to order",
            CARRIER,
            "no title",
            lambda: carrier.run(ebl.issue(issuance_request())),
        )
        return cls(cast, account, done)

    @property
    def title_id(self) -> str:
        """The title's id."""
        return self.latest.result.title_id

    def until_known_to(self, party_id: str) -> None:
        """Wait until the party's own peer has the block of the last act."""
        self.cast.as_party(party_id).outcome(self.latest.transaction_id)

    def endorse_to_order(self, holder: str, to: str) -> None:
        """Endorse to the order of a party."""
        gateway = self.cast.as_party(holder)
        self._act(
            f"endorse to order of {to}",
            holder,
            lambda: gateway.run(ebl.endorse(self.title_id, to=to, action=Action.ENDORSE_TO_ORDER)),
        )

    def transfer(self, holder: str, to: str) -> None:
        """Transfer possession; then hold that the former holder and outsiders can do nothing."""
        gateway = self.cast.as_party(holder)
        self._act(f"transfer to {to}", holder, lambda: gateway.run(ebl.transfer(self.title_id, to=to)))
        self.nobody_else_can(former=holder, to=CARRIER)

    def nobody_else_can(self, former: str, to: str) -> None:
        """Have the former controller and a party of neither side try to transfer the title."""
        for party in (former, *OUTSIDERS):
            self.until_known_to(party)
            gateway = self.cast.as_party(party)
            self.account.refused(
                f"transfer, {'no longer' if party == former else 'never'} in control",
                party,
                lambda gateway=gateway: gateway.run(ebl.transfer(self.title_id, to=to, share=False)),  # type: ignore[misc]
            )

    def surrender(self, holder: str) -> None:
        """Surrender for delivery."""
        gateway = self.cast.as_party(holder)
        self._act("surrender for delivery", holder, lambda: gateway.run(ebl.surrender(self.title_id)))
        self.nobody_else_can(former=holder, to=EXPORTER)

    def accept(self) -> None:
        """Have the carrier accept, which ends the title."""
        carrier = self.cast.as_party(CARRIER)
        self._act("accept the surrender", CARRIER, lambda: carrier.run(ebl.accept(self.title_id)))
        self.nobody_else_can(former=IMPORTER, to=EXPORTER)

    def _act(self, title: str, signer: str, perform: Any) -> None:  # noqa: ANN401
        before = state_of(self.latest.result)
        self.until_known_to(signer)
        self.latest = self.account.act(title, signer, before, perform)


def one_title(cast: Cast, account: Account) -> TitleWay:
    """Tell the whole way of one title."""
    way = TitleWay.issued(cast, account)
    way.nobody_else_can(former=CARRIER, to=BANK)
    way.endorse_to_order(EXPORTER, to=BANK)
    way.transfer(EXPORTER, to=BANK)
    way.endorse_to_order(BANK, to=IMPORTER)
    way.transfer(BANK, to=IMPORTER)
    way.surrender(IMPORTER)
    way.accept()
    return way
