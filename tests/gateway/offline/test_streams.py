"""Event streams for requests signed elsewhere: what comes, how they end, and that nothing unsigned opens one."""

from itertools import islice
from typing import Any

import grpc
import pytest

from tests.gateway.offline.conftest import carried, session_of
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Chain, Event
from tests.support.loopback_gateway import LoopbackGateway
from tradelane.gateway import errors, offline
from tradelane.gateway.identity import Identity

BLOCKS = (offline.block_events_request, offline.filtered_block_events_request)
BUILDERS = (offline.chaincode_events_request, *BLOCKS, offline.block_and_private_data_events_request)


def tx(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def chain(peer: LoopbackGateway) -> Chain:
    peer.chain.add(*[(Event(tx(number)),) for number in range(4)])
    return peer.chain


def number_of(item: Any) -> int:
    item = getattr(item, "block", item)
    return int(item.block_number if hasattr(item, "block_number") else item.number)


@pytest.mark.parametrize("build", BUILDERS)
def test_a_request_signed_elsewhere_opens_a_stream(keyless: Any, key: Identity, chain: Chain, build: Any) -> None:
    request = carried(keyless.run(build(start_block=2)), key)
    with keyless.events(request) as events:
        assert [number_of(each) for each in islice(events, 2)] == [2, 3]
        chain.add((Event(tx(9)),))
        assert number_of(next(events)) == 4
    assert [opened.start for opened in chain.opened] == [2]


@pytest.mark.parametrize("build", BUILDERS)
def test_nothing_unsigned_is_sent(keyless: Any, chain: Chain, build: Any) -> None:
    request = keyless.run(build(start_block=2))
    with pytest.raises(errors.OfflineError) as raised, keyless.events(request) as events:
        next(events)
    assert raised.value.code == "SIGNATURE_NEEDED"
    assert chain.opened == []


def test_a_gateway_with_the_key_signs_what_is_unsigned(gateway: Any, keyless: Any, key: Identity, chain: Chain) -> None:
    request = keyless.run(offline.block_events_request(start_block=1))
    with gateway.events(request) as events:
        assert next(events).number == 1


@pytest.mark.parametrize("build", BUILDERS)
def test_a_broken_stream_is_an_error_that_says_where_to_go_on(
    keyless: Any, key: Identity, chain: Chain, build: Any
) -> None:
    chain.cuts = iter([(2, Refusal(grpc.StatusCode.UNAVAILABLE, "the peer is going down"))])
    request = carried(keyless.run(build(start_block=1)), key)
    with keyless.events(request) as events:
        assert [number_of(each) for each in islice(events, 2)] == [1, 2]
        with pytest.raises(errors.CallError) as raised:
            next(events)
    assert raised.value.details["nextBlock"] == "3"
    assert len(chain.opened) == 1, "a request signed for one stream is not used again"


@pytest.mark.parametrize("build", BLOCKS)
def test_a_request_of_another_connection_is_refused(keyless: Any, key: Identity, chain: Chain, build: Any) -> None:
    session_of(keyless).tls_certificate_hash = b"another connection's"
    request = carried(keyless.run(build(start_block=1)), key)
    with pytest.raises(errors.CallError), keyless.events(request) as events:
        next(events)


def test_blocks_left_out_are_an_error(
    keyless: Any, key: Identity, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = carried(keyless.run(offline.filtered_block_events_request(start_block=0)), key)
    whole = chain.from_block
    monkeypatch.setattr(chain, "from_block", lambda *args: (each for each in whole(*args) if each[0] != 2))
    with keyless.events(request) as events:
        assert [number_of(each) for each in islice(events, 2)] == [0, 1]
        with pytest.raises(errors.ResultError) as raised:
            next(events)
    assert (raised.value.code, raised.value.details["nextBlock"]) == ("BLOCKS_MISSING", "2")
