"""The way to other platforms on the in-memory ledger: its operator, and a title that goes out and comes back."""

from typing import Any

from tests.support.identities import admin_identity, party_identity
from tests.support.trade import EXPORTER, HK, HK_AUTHORITY, SALT, TITLE, Trade
from tradelane.model.title import TitleRecord

OPERATOR = "harbour-bridge"
OPERATOR_LEI = "549300DTUYXVMJXZNY75"
LEFT_BY, BACK_BY = "1" * 64, "2" * 64


async def admit_operator(trade: Trade) -> None:
    """Admit and license the operator, at home in Hong Kong."""
    request = {"partyId": OPERATOR, "lei": OPERATOR_LEI, "roles": ["PLATFORM"]}
    name = {"name": b"Harbour Bridge Limited", "salt": SALT}
    await trade.submit(admin_identity(HK), "party:admit", request, name)
    await trade.submit(HK_AUTHORITY, "party:licence", {"partyId": OPERATOR, "role": "PLATFORM"})


async def leave(trade: Trade, who: str = EXPORTER, operator: str = OPERATOR) -> TitleRecord:
    """Let the example's title out."""
    return await trade.act(who, "export", operator=operator, platform="WAVE", entry=LEFT_BY)


async def come_back(trade: Trade, to: str, **more: Any) -> TitleRecord:
    """Bring the example's title back, as the operator."""
    request = {"titleId": TITLE, "recipient": to, "leftBy": LEFT_BY, "entry": BACK_BY, **more}
    outcome = await trade.submit(party_identity(HK, OPERATOR), "ebl:import", request)
    return TitleRecord.from_json(outcome.response.payload)
