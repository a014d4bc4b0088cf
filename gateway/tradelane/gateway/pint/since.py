"""What the channel adds to a title's chain: its history since the title came, as transactions."""

from collections.abc import Sequence

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.endorsement_chain import Directory, transactions
from tradelane.gateway.dcsa.messages import Transaction
from tradelane.gateway.errors import InputError
from tradelane.gateway.trade import ebl, parties
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import HistoryEntry


def done_here(gateway: Gateway, title_id: str, known: Sequence[str], platform: str) -> tuple[Transaction, ...]:
    """Return what was done on the channel since a title was issued or came back last, oldest first.

    Args:
        gateway: The connection of a party of the title.
        title_id: The title.
        known: The chain's entries so far.
        platform: This platform's code.

    Raises:
        InputError: CHAIN_UNKNOWN: the chain does not end with the title's last return.
    """
    entries = gateway.run(ebl.history(title_id)).entries
    directory = Directory.of(platform, gateway.run(parties.list_parties()))
    skipped = len(transactions(entries[: _since_return(entries, known)], directory))
    return transactions(entries, directory)[skipped:]


def _since_return(entries: Sequence[HistoryEntry], known: Sequence[str]) -> int:
    """Return from which version on the history is not in the chain yet: after the return that ends the chain."""
    if not known:
        return 0
    last = checksums.of_signed(known[-1])
    for number in range(len(entries), 0, -1):
        title = entries[number - 1].title
        if title.last_action.action_code is Action.IMPORT and title.returned_by == last:
            return number
    raise InputError(
        "The chain known here does not end with this title's last return; the database is not this channel's.",
        code="CHAIN_UNKNOWN",
    )
