"""The server over loopback: the peer is a real gRPC client with mutual TLS (fabric.md 2.2; 2.3, rules 1, 6, 7)."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID, Function
from tests.support.tls import Authority, Pair, write_pair
from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.server import ServerOptions, serving
from tradelane.chaincode.shim.tls import TlsFiles
from tradelane.chaincode.shim.wire import Kind

OTHER = "b" * 64


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("tls-ca")


@pytest.fixture(scope="module")
def tls(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    directory = tmp_path_factory.mktemp("tls")
    key, certificate = write_pair(authority.issue(), directory, "server")
    client_ca = directory / "ca.pem"
    client_ca.write_bytes(authority.certificate)
    return TlsFiles(key, certificate, client_ca)


@pytest.fixture
def options(tls: TlsFiles) -> ServerOptions:
    return ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls)


async def echo(stub: Stub) -> Response:
    return Response(200, payload=stub.args[0])


async def read_a(stub: Stub) -> Response:
    return Response(200, payload=await stub.get_state("a") or b"-")


async def test_a_peer_with_a_certificate_of_its_ca_is_served(options: ServerOptions, authority: Authority) -> None:
    async with (
        serving(options, Function(read_a)) as server,
        peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer,
    ):
        await peer.register()
        await peer.invoke()
        await peer.answer(Kind.GET_STATE, b"1")
        assert (await peer.completed()).payload == b"1"


async def test_rules_6_and_7_peers_may_come_together_and_come_again(
    options: ServerOptions, authority: Authority
) -> None:
    client = authority.issue("peer0")
    async with serving(options, Function(echo)) as server:
        for _ in range(2):
            async with (
                peer_of(server.port, authority.certificate, client) as one,
                peer_of(server.port, authority.certificate, client) as two,
            ):
                for peer in (one, two):
                    await peer.register()
                    await peer.invoke(b"hello")
                    assert (await peer.completed()).payload == b"hello"


async def test_several_peers_with_several_channels_are_served_at_once(
    options: ServerOptions, authority: Authority
) -> None:
    async def where(stub: Stub) -> Response:
        return Response(200, payload=stub.channel_id.encode() + b" " + (await stub.get_state("a") or b""))

    client = authority.issue("peer0")
    channels = ("trade", "customs", "banks")
    async with serving(options, Function(where)) as server, AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(peer_of(server.port, authority.certificate, client)) for _ in range(3)]
        for peer in peers:
            await peer.register()
            for channel in channels:
                await peer.invoke(channel=channel)
        for number, peer in enumerate(peers):
            asked = {(await peer.expect(Kind.GET_STATE)).channel_id for _ in channels}
            assert asked == set(channels)
            for channel in reversed(channels):
                await peer.tell(Kind.RESPONSE, b"%d" % number, channel=channel)
                assert (await peer.completed()).payload == f"{channel} {number}".encode()


async def test_a_message_of_many_megabytes_passes(options: ServerOptions, authority: Authority) -> None:
    content = b"x" * (20 * 1024 * 1024)
    async with (
        serving(options, Function(echo)) as server,
        peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer,
    ):
        await peer.register()
        await peer.invoke(content)
        assert (await peer.completed()).payload == content


async def test_all_streams_share_the_places_for_transactions(options: ServerOptions, authority: Authority) -> None:
    client = authority.issue("peer0")
    one_place = replace(options, limits=Limits(running=1, waiting=0))
    async with (
        serving(one_place, Function(read_a)) as server,
        peer_of(server.port, authority.certificate, client) as one,
        peer_of(server.port, authority.certificate, client) as two,
    ):
        await one.register()
        await two.register()
        await one.invoke()
        await one.expect(Kind.GET_STATE)
        await two.invoke()
        assert (await two.expect(Kind.ERROR)).payload.startswith(b"SERVICE_BUSY: ")
        await one.tell(Kind.RESPONSE, b"1")
        assert (await one.completed()).payload == b"1"


STRANGERS: dict[str, Callable[[], Pair | None]] = {
    "no certificate": lambda: None,
    "a stranger's certificate": lambda: Authority("stranger").issue("peer0"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
async def test_a_peer_without_a_certificate_of_the_ca_is_refused(
    stranger: Callable[[], Pair | None], options: ServerOptions, authority: Authority
) -> None:
    async with (
        serving(options, Function(echo)) as server,
        peer_of(server.port, authority.certificate, stranger()) as peer,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await peer.expect(Kind.REGISTER)
        assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_peer_that_vanishes_takes_its_transactions_with_it(
    options: ServerOptions, authority: Authority
) -> None:
    cancelled = asyncio.Event()

    async def wait(stub: Stub) -> None:
        try:
            await stub.get_state("a")
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with serving(options, Function(wait)) as server:
        async with peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer:
            await peer.register()
            await peer.invoke()
            await peer.expect(Kind.GET_STATE)
        async with asyncio.timeout(10):
            await cancelled.wait()


async def test_stopping_answers_what_is_being_run(options: ServerOptions, authority: Authority) -> None:
    async with (
        serving(options, Function(read_a)) as server,
        peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer,
    ):
        await peer.register()
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0)
        await peer.invoke(tx_id=OTHER)
        await peer.expect(Kind.ERROR, OTHER)
        await peer.tell(Kind.RESPONSE, b"1")
        assert (await peer.completed()).payload == b"1"
        await peer.expect_end()
        await stopping


async def test_stopping_does_not_wait_for_ever(options: ServerOptions, authority: Authority) -> None:
    async with (
        serving(replace(options, drain_seconds=0.1), Function(read_a)) as server,
        peer_of(server.port, authority.certificate, authority.issue("peer0")) as peer,
    ):
        await peer.register()
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        async with asyncio.timeout(10):
            await server.stop()


async def test_a_taken_address_is_refused(options: ServerOptions) -> None:
    async with serving(options, Function(echo)) as server:
        taken = replace(options, address=f"127.0.0.1:{server.port}")
        with pytest.raises(CannotServe, match="address is taken"):
            async with serving(taken, Function(echo)):
                pass


async def test_a_tls_file_that_is_missing_or_wrong_is_refused(options: ServerOptions, tls: TlsFiles) -> None:
    for wrong in (replace(tls, key=Path("nowhere.pem")), replace(tls, key=tls.certificate)):
        with pytest.raises(CannotServe, match="TLS file"):
            async with serving(replace(options, tls=wrong), Function(echo)):
                pass


async def test_without_tls_the_server_speaks_plain_text(options: ServerOptions) -> None:
    async with (
        serving(replace(options, tls=None), Function(echo)) as server,
        peer_of(server.port, None) as peer,
    ):
        await peer.register()
