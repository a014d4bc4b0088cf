"""The sender: only a signed answer ends a transfer, and every retry is the very same envelope."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.gateway.pint.test_scenarios import INVOICE, describe
from tests.support.pint import HERE, THERE, Keys, Letters, Place, Receiving, left_for
from tests.support.trade import BANK
from tradelane.gateway.dcsa import checksums, signing
from tradelane.gateway.errors import TransferPending
from tradelane.gateway.pint.http import Sender
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.receiving import finished
from tradelane.gateway.pint.sending import MAX_ROUNDS, Ask, Outcome, Pause, Reply, transfer

DOCUMENTS = {checksums.of_bytes(INVOICE): INVOICE}


def run(sent: dict[str, Any], keys: Keys, replies: Sequence[Reply]) -> tuple[Outcome, list[Ask]]:
    """Perform a transfer with replies at hand; pauses take no time."""
    steps, asked, waiting = transfer(sent, DOCUMENTS, keys.platforms, THERE), [], iter(replies)
    step = next(steps)
    while True:
        try:
            if isinstance(step, Pause):
                step = steps.send(Reply(0))
            else:
                asked.append(step)
                step = steps.send(next(waiting, Reply(0)))
        except StopIteration as end:
            return end.value, asked


@pytest.fixture
def sent(letters: Letters) -> dict[str, Any]:
    return letters.envelope(None, describe(INVOICE))


def answer(
    sent: dict[str, Any], signer: signing.Signer, code: ResponseCode, last: str = "", status: int = 200
) -> Reply:
    checksum = last or checksums.of_signed(sent["envelopeTransferChain"][-1])
    return Reply(status, json.dumps(signer.sign(finished(code, checksum))).encode())


def test_over_the_wire_with_documents(
    receiving: Receiving, sent: dict[str, Any], keys: Keys, place: Place, letters: Letters
) -> None:
    def outcome(value: dict[str, Any]) -> Outcome:
        with Sender(receiving.url, place.tls(), sleep=lambda _: None) as sender:
            return sender.run(transfer(value, DOCUMENTS, keys.platforms, THERE))

    first = outcome(sent)
    assert (first.code, first.received) == (ResponseCode.RECE, tuple(DOCUMENTS))
    assert outcome(sent).code is ResponseCode.DUPE
    assert outcome(letters.envelope([letters.first(left_for(to=BANK))])).code is ResponseCode.DISE


def unsigned(keys: Keys, sent: dict[str, Any]) -> Iterator[Reply]:
    there = keys.signers[THERE]
    yield Reply(0)
    yield Reply(500, b"<html>gateway</html>")
    yield Reply(200, b'{"responseCode": "RECE"}')
    yield Reply(200, b'"RECE"')
    yield answer(sent, signing.generate(), ResponseCode.RECE)
    yield answer(sent, keys.signers[HERE], ResponseCode.RECE)
    yield answer(sent, there, ResponseCode.RECE, last="0" * 64)


def test_unsigned_answers_and_others_signatures_bind_nobody(sent: dict[str, Any], keys: Keys) -> None:
    replies = [*unsigned(keys, sent), answer(sent, keys.signers[THERE], ResponseCode.DUPE, status=500)]
    outcome, asked = run(sent, keys, replies)
    assert outcome.code is ResponseCode.DUPE  # whatever the status beside it
    assert len(asked) == 8
    assert len({each.body for each in asked}) == 1


def test_without_a_signed_answer_the_transfer_stays_open(sent: dict[str, Any], keys: Keys) -> None:
    with pytest.raises(TransferPending) as raised:
        run(sent, keys, [])
    assert (raised.value.code, raised.value.details["platform"]) == ("NO_SIGNED_ANSWER", THERE)


@pytest.mark.parametrize("reference", ["../../../x", "a/b", "a?b", "", "é", "x" * 101])
def test_a_receiver_cannot_send_us_elsewhere(sent: dict[str, Any], keys: Keys, reference: str) -> None:
    begun = {
        "envelopeReference": reference,
        "transportDocumentChecksum": "0" * 64,
        "lastEnvelopeTransferChainEntrySignedContentChecksum": "0" * 64,
        "missingAdditionalDocumentChecksums": list(DOCUMENTS),
    }
    with pytest.raises(TransferPending):
        run(sent, keys, [Reply(201, json.dumps(begun).encode())] * MAX_ROUNDS)


def test_a_document_that_is_asked_for_but_not_in_the_manifest_is_not_sent(sent: dict[str, Any], keys: Keys) -> None:
    begun = {
        "envelopeReference": "abc",
        "transportDocumentChecksum": "0" * 64,
        "lastEnvelopeTransferChainEntrySignedContentChecksum": "0" * 64,
        "missingAdditionalDocumentChecksums": ["1" * 64],
    }
    good = answer(sent, keys.signers[THERE], ResponseCode.RECE)
    _, asked = run(sent, keys, [Reply(201, json.dumps(begun).encode()), good])
    assert [each.method for each in asked] == ["POST", "POST"]
