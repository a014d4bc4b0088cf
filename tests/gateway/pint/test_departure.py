"""A departure that stops anywhere is gone on with: nothing leaves twice, nothing that came back is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.bridges import BANK, EXPORTER, HERE, IMPORTER, THERE, Bridge, bridge_of, silent
from tests.support.memory_gateway import Ledger, MemoryCast
from tests.support.pint import CHANNEL
from tradelane.gateway import ebl
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.errors import Overtaken, Refused, TransferPending
from tradelane.gateway.pint.departure import Departure, forward
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.sending import Outcome
from tradelane.gateway.pint.settling import open_disputes
from tradelane.gateway.pint.store import Held, Sending
from tradelane.model.title import TitleRecord
from tradelane.rules.ebl import Standing, standing_of
from tradelane.rules.refusal import Code


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with bridge_of(MemoryCast(Ledger()), tmp_path_factory.mktemp("bridges"), CHANNEL) as found:
        yield found


class Died(Exception):
    """The process has stopped."""


class Holder:
    """A holder's connection; `act` happens in the place of the export, which it is given."""

    def __init__(self, bridge: Bridge, party_id: str, act: Callable[[Callable[[], Any]], Any]) -> None:
        self._gateway, self._act = bridge.cast.as_party(party_id), act
        self.requests: list[str] = []

    def run(self, flow: Any, *, request_id: str | None = None) -> Any:
        if request_id is None:
            return self._gateway.run(flow)
        self.requests.append(request_id)
        return self._act(lambda: self._gateway.run(flow))


def stopped(_: Any) -> None:
    raise Died


def send(bridge: Bridge, title: TitleRecord, holder: Any, perform: Any = None, to: str = THERE) -> Outcome:
    its = bridge.instances[HERE]
    departure = Departure(its.home, its.store, holder, its.operator)
    recipient = bridge.party(IMPORTER, to)
    if perform is not None:
        return departure.send(title.title_id, to, recipient, perform)
    with bridge.sender(THERE) as sender:
        return departure.send(title.title_id, to, recipient, sender.run)


def kept(bridge: Bridge, title: TitleRecord) -> tuple[Held, Sending]:
    held = bridge.held(title.title_id)
    sending = bridge.instances[HERE].store.sending(held.document_checksum)
    assert sending is not None
    return held, sending


def begun(bridge: Bridge) -> TitleRecord:
    """Have a process stop before the ledger has let a title out."""
    title, _ = bridge.issued()
    with pytest.raises(Died):
        send(bridge, title, Holder(bridge, EXPORTER, stopped))
    return title


def test_a_title_that_came_back_before_the_answer_did_leaves_with_its_whole_chain(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    sent = bridge.out(title)
    with bridge.wire() as wire:
        assert wire.code(wire.start(sent)) == (200, "RECE")  # the answer is lost
    assert bridge.come_back(bridge.held(title.title_id).document_checksum, BANK).code is ResponseCode.RECE
    held, sending = kept(bridge, title)
    assert (held.here, len(held.chain), sending.outcome) == (True, 2, "GONE")
    assert bridge.leave(bridge.title(title.title_id), BANK).code is ResponseCode.RECE
    again, _ = kept(bridge, title)
    assert again.chain[:2] == held.chain


def test_what_was_open_when_an_earlier_release_took_a_title_in_is_over(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    sent = bridge.out(title)
    with bridge.wire() as wire:
        assert wire.code(wire.start(sent)) == (200, "RECE")
    bridge.come_back(bridge.held(title.title_id).document_checksum, BANK)
    held, _ = kept(bridge, title)
    bridge.instances[HERE].store.answered(held, held, None, None)  # as it stood there
    assert bridge.leave(bridge.title(title.title_id), BANK).code is ResponseCode.RECE
    assert kept(bridge, title)[0].chain[:2] == held.chain


def test_what_was_disputed_and_came_back_is_not_to_be_settled_any_more(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    sent = bridge.out(title)
    with bridge.wire() as wire:
        assert wire.code(wire.start(sent)) == (200, "RECE")
    held, _ = kept(bridge, title)
    store = bridge.instances[HERE].store
    store.answered(held, held, "DISE", "signed")
    bridge.come_back(held.document_checksum, BANK)
    assert title.title_id not in {each.title_id for each in open_disputes(store) if each.sent}


def test_an_export_on_its_way_when_its_process_stopped_takes_its_envelope_along(bridge: Bridge) -> None:
    title = begun(bridge)
    _, first = kept(bridge, title)

    def overtaken(export: Callable[[], Any]) -> Any:
        export()  # what the stopped process had handed over gets into a block
        return export()

    assert send(bridge, title, Holder(bridge, EXPORTER, overtaken)).code is ResponseCode.RECE
    held, sending = kept(bridge, title)
    assert sending.envelope == first.envelope
    away = bridge.title(title.title_id)
    assert away.abroad is not None
    assert away.abroad.entry == checksums.of_signed(held.chain[-1]) == checksums.of_signed(first.chain[-1])


def test_the_ledger_is_asked_again_for_the_same_entry_under_the_same_name(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    first, second = Holder(bridge, EXPORTER, stopped), Holder(bridge, EXPORTER, lambda export: export())
    with pytest.raises(Died):
        send(bridge, title, first)
    with pytest.raises(TransferPending):
        send(bridge, title, second, silent)
    assert first.requests == second.requests
    held, _ = kept(bridge, title)
    assert first.requests == [f"pint export {checksums.of_signed(held.chain[-1])}"]


def test_who_may_not_send_a_title_does_not_end_what_its_holder_has_begun(bridge: Bridge) -> None:
    title = begun(bridge)
    before = kept(bridge, title)
    with pytest.raises(Refused) as refused:
        send(bridge, title, Holder(bridge, BANK, lambda export: export()))
    assert refused.value.reason is Code.NOT_A_PARTY or refused.value.reason is Code.NOT_IN_CONTROL
    assert kept(bridge, title) == before
    assert bridge.leave(title).code is ResponseCode.RECE


def test_what_was_begun_and_then_overtaken_on_the_ledger_begins_anew(bridge: Bridge) -> None:
    title = begun(bridge)
    _, first = kept(bridge, title)
    moved = bridge.cast.as_party(EXPORTER).run(ebl.transfer(title.title_id, to=BANK)).result
    assert bridge.leave(moved, BANK).code is ResponseCode.RECE
    held, sending = kept(bridge, title)
    assert (len(held.chain), sending.envelope != first.envelope) == (1, True)


def test_what_was_withdrawn_and_let_out_all_the_same_takes_its_envelope_along(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    exports = []

    def refused(export: Callable[[], Any]) -> Any:
        exports.append(export)
        raise Refused("refused", code="NOT_IN_CONTROL", status=403, step=None, transaction_id="")  # type: ignore[arg-type]

    with pytest.raises(Refused):
        send(bridge, title, Holder(bridge, EXPORTER, refused))
    held, first = kept(bridge, title)
    assert (held.here, held.chain, first.outcome) == (True, (), "NONE")
    exports[0]()
    assert bridge.leave(title).code is ResponseCode.RECE
    held, sending = kept(bridge, title)
    assert (held.here, held.chain, sending.envelope) == (False, first.chain, first.envelope)


def test_a_title_that_the_ledger_has_back_waits_for_its_envelope(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    bridge.out(title)
    before = kept(bridge, title)
    away = bridge.title(title.title_id)
    assert away.abroad is not None
    entry = checksums.of_bytes(title.title_id.encode())
    bridge.instances[HERE].operator.run(
        ebl.import_back(title.title_id, to=BANK, left_by=away.abroad.entry, entry=entry)
    )
    for outcome in (None, "RECE"):
        bridge.instances[HERE].store.answered(kept(bridge, title)[0], kept(bridge, title)[0], outcome, None)
        with pytest.raises(Overtaken) as overtaken:
            bridge.leave(bridge.title(title.title_id), BANK)
        assert overtaken.value.code == "RETURN_UNDER_WAY"
    assert kept(bridge, title)[0].chain == before[0].chain


def test_a_rejection_whose_process_stopped_before_noting_it_is_noted(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, _ = bridge.issued()
    store = bridge.instances[HERE].store
    monkeypatch.setattr(type(store), "answered", lambda *_: stopped(None))
    with pytest.raises(Died):
        bridge.leave(title, recipient=bridge.party(IMPORTER, "BOLE"))  # which is answered BENV
    monkeypatch.undo()
    back = bridge.title(title.title_id)
    assert standing_of(back) is Standing.ISSUED
    assert kept(bridge, title)[1].outcome is None
    assert bridge.leave(back).code is ResponseCode.RECE
    assert len(bridge.held(title.title_id).chain) == 1


def test_a_foreign_title_that_came_back_before_the_answer_did_is_sent_on(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    assert bridge.leave(title).code is ResponseCode.RECE
    there, here = bridge.instances[THERE], bridge.instances[HERE]
    held = there.store.title(bridge.held(title.title_id).document_checksum)
    assert held is not None
    sender, recipient = bridge.party(IMPORTER, THERE), bridge.party(BANK, HERE)
    with pytest.raises(TransferPending):
        forward(there.home, there.store, held, sender, HERE, recipient, silent)
    sending = there.store.sending(held.document_checksum)
    assert sending is not None
    gone = there.store.title(held.document_checksum)
    assert gone is not None
    # Nothing in this release leaves it so: the title is here, and the transfer before still open.
    there.store.answered(gone, replace(gone, here=True, chain=held.chain), None, None)
    again = there.store.title(held.document_checksum)
    assert again is not None
    with bridge.sender(HERE) as wire:
        outcome = forward(there.home, there.store, again, sender, HERE, recipient, wire.run)
    assert outcome.code is ResponseCode.RECE
    sent = there.store.sending(held.document_checksum)
    assert sent is not None
    assert sent.envelope != sending.envelope
    assert here.store.title(held.document_checksum) is not None
