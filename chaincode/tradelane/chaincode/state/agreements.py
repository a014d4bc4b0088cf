"""What members of a joint party have asked for: who, in public; with which words, in private."""

from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.reading import read
from tradelane.model.identifiers import PartyId, Sha256, TitleId
from tradelane.model.joint import Agreement
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import Remark
from tradelane.rules.joint import words_not_at_this_peer


async def load_agreement(stub: Stub, title: TitleRecord, joint_party: PartyId, act: Sha256) -> Agreement | None:
    """Return what is agreed on an act on this version of a title, None where nobody has asked for it."""
    slot = keys.agreement(title.title_id, title.sequence, joint_party, act)
    return (await read(stub, [slot])).get(slot)


async def all_agreements(stub: Stub, title_id: TitleId) -> tuple[Agreement, ...]:
    """Return what was agreed on acts on a title at any version and by any joint party, in the order of the keys."""
    rows = stub.get_state_by_partial_composite_key(keys.AGREEMENT, [title_id])
    return tuple([Agreement.from_json(row.value) async for row in rows])


async def load_words(stub: Stub, agreement: Agreement) -> Remark | None:
    """Return the words that the first member asked with, None where there were none.

    Raises:
        Refused: NOT_AT_THIS_PEER: the peer has not received them yet.
    """
    words = await find_words(stub, agreement)
    if words is None and agreement.words is not None:
        raise words_not_at_this_peer(agreement)
    return words


async def find_words(stub: Stub, agreement: Agreement) -> Remark | None:
    """Return the words that the first member asked with, None also where this peer has not received them yet."""
    if agreement.words is None:
        return None
    try:
        value = await stub.get_private_data(*keys.asked(*_parts(agreement)))
    except RequestRefused:
        return None
    return None if value is None else Remark.from_json(value)


async def save_agreement(stub: Stub, agreement: Agreement, words: Remark | None) -> None:
    """Write what is agreed so far, and words that are new."""
    async with stub.write_batch():
        await stub.put_state(keys.agreement(*_parts(agreement)).key, agreement.to_json())
        if words is not None:
            await stub.put_private_data(*keys.asked(*_parts(agreement)), words.to_json())


async def remove_agreement(stub: Stub, agreement: Agreement) -> None:
    """Forget what was agreed, once it is done or void; the words of what was done stay with the act."""
    async with stub.write_batch():
        await stub.del_state(keys.agreement(*_parts(agreement)).key)
        if agreement.words is not None:
            await stub.del_private_data(*keys.asked(*_parts(agreement)))


def _parts(agreement: Agreement) -> tuple[str, int, str, str]:
    return agreement.title_id, agreement.sequence, agreement.joint_party, agreement.act
