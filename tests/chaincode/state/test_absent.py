"""Private values that this peer has not received yet read as unknown; they do not fail the query."""

from typing import Any

from tests.support.titles import BANK, CARRIER, NOW, title
from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.state import parties, titles
from tradelane.model.title_parts import Action, LastAction

REJECTED = title(sequence=3, last_action=LastAction(action_code=Action.SREJ, actor=CARRIER.ref, action_date_time=NOW))


class Late:
    """A peer to which the private data has not come."""

    async def get_private_data(self, *_: str) -> bytes | None:
        raise RequestRefused("private data matching public hash version is not available")


class Without:
    """A peer that holds nothing under the key."""

    async def get_private_data(self, *_: str) -> bytes | None:
        return None


async def test_a_name_that_has_not_arrived() -> None:
    for stub in (Late(), Without()):
        peer: Any = stub
        view = await parties.view(peer, BANK)
        assert (view.party, view.name) == (BANK, None)


async def test_a_remark_that_has_not_arrived() -> None:
    for stub in (Late(), Without()):
        peer: Any = stub
        assert await titles.load_remark(peer, REJECTED) is None


async def test_acts_without_remarks_are_not_asked_about() -> None:
    peer: Any = object()
    assert await titles.load_remark(peer, title()) is None
