"""Our transport against gRPC's own server, with mutual TLS: calls, streams, and connections that come and go."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator

import grpc
import pytest

from tests.gateway.wire.conftest import address, secured
from tests.support.grpc_server import COUNT, ECHO, ENDLESS, FAIL, HANG, LARGE, MEBIBYTE, SIZE, GrpcServer
from tests.support.pki import Authority, Pair
from tests.support.waiting import until
from tradelane.gateway import errors
from tradelane.gateway.errors import PeerDetail
from tradelane.gateway.profile import TlsMaterial
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.connection import Connection
from tradelane.gateway.wire.dialling import Place
from tradelane.gateway.wire.link import Timing
from tradelane.http2.client.stream import WINDOW_BYTES

LONG = 60.0
"""More than any test takes."""


@pytest.fixture
async def connection(server: GrpcServer, material: TlsMaterial) -> AsyncIterator[Connection]:
    async with secured(server.endpoint, material) as connection:
        yield connection


async def test_a_call_brings_its_answer_and_what_goes_along(connection: Connection, server: GrpcServer) -> None:
    assert await connection.unary(ECHO, b"request", LONG, (("Traceparent", "00-ab"),)) == b"request"
    assert await connection.unary(ECHO, b"", LONG) == b""
    first = server.heard.metadata[0]
    assert first["traceparent"] == "00-ab"
    assert str(first["user-agent"]).startswith("grpc-python-tradelane/")


@pytest.mark.parametrize("status", [each for each in grpc.StatusCode if each is not grpc.StatusCode.OK])
async def test_a_failure_keeps_status_words_and_details(connection: Connection, status: grpc.StatusCode) -> None:
    words = "100 % schön\n"
    found = await connection.unary(FAIL, f"{status.value[0]} {words}".encode(), LONG)
    assert found == Failure(status.name, words, (PeerDetail("peer:1", "MSP", words),))


async def test_words_that_fill_many_frames_come_whole(connection: Connection) -> None:
    words = "x" * 6000  # twice, in words and details: as much as gRPC's server sends by default
    found = await connection.unary(FAIL, f"10 {words}".encode(), LONG)
    assert isinstance(found, Failure)
    assert found.message == words


async def test_a_method_nobody_has(connection: Connection) -> None:
    found = await connection.unary("/test.Test/Nothing", b"", LONG)
    assert found == Failure("UNIMPLEMENTED", "Method not found!")


async def test_messages_of_20_megabytes_go_both_ways(connection: Connection) -> None:
    size = 20 * MEBIBYTE
    assert await connection.unary(SIZE, bytes(size), LONG) == str(size).encode()
    assert await connection.unary(LARGE, str(size).encode(), LONG) == bytes(size)
    both = await asyncio.gather(*(connection.unary(ECHO, bytes(size), LONG) for _ in range(2)))
    assert both == [bytes(size)] * 2


async def test_more_than_100_megabytes_are_neither_sent_nor_taken(connection: Connection, server: GrpcServer) -> None:
    size = 100 * MEBIBYTE + 1
    for method, request in ((SIZE, bytes(size)), (LARGE, str(size).encode())):
        found = await connection.unary(method, request, LONG)
        assert isinstance(found, Failure)
        assert (found.status, f"a message of {size} bytes is more than" in found.message) == (
            "RESOURCE_EXHAUSTED",
            True,
        )
    assert await connection.unary(ECHO, b"goes on", LONG) == b"goes on"


async def test_1000_calls_at_once_where_the_peer_allows_10(
    authority: Authority, server_pair: Pair, material: TlsMaterial
) -> None:
    server = GrpcServer(server_pair, authority.root.certificate_pem, max_streams=10)
    async with secured(server.endpoint, material) as connection:
        found = await asyncio.gather(*(connection.unary(ECHO, b"%d" % each, LONG) for each in range(1000)))
    assert found == [b"%d" % each for each in range(1000)]
    assert server.heard.most_under_way <= 10
    server.stop()


async def test_a_deadline_is_sent_and_kept(connection: Connection, server: GrpcServer) -> None:
    assert await connection.unary(ECHO, b"", LONG) == b""
    assert await connection.unary(HANG, b"", 0.05) == Failure("DEADLINE_EXCEEDED", "Deadline Exceeded")
    await asyncio.to_thread(server.heard.left.wait)  # the peer knows
    assert await connection.unary(ECHO, b"any time", math.inf) == b"any time"
    assert await connection.unary(ECHO, b"", 0.0) == Failure("DEADLINE_EXCEEDED", "Deadline Exceeded")
    assert await connection.unary(ECHO, b"goes on", LONG) == b"goes on"


async def test_a_cancelled_task_takes_its_call_back(connection: Connection, server: GrpcServer) -> None:
    call = asyncio.create_task(connection.unary(HANG, b"", LONG))
    await asyncio.to_thread(until, lambda: server.heard.under_way)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.to_thread(server.heard.left.wait)
    assert await connection.unary(ECHO, b"goes on", LONG) == b"goes on"


async def test_a_task_that_is_cancelled_while_it_connects_leaves_the_others_to_it(
    server: GrpcServer, material: TlsMaterial
) -> None:
    async with secured(server.endpoint, material) as connection:
        calls = [asyncio.create_task(connection.unary(ECHO, b"x", LONG)) for _ in range(5)]
        await asyncio.sleep(0)
        calls[0].cancel()
        assert await asyncio.gather(*calls[1:]) == [b"x"] * 4
        assert calls[0].cancelled()


async def test_a_stream_brings_its_messages_and_its_end(connection: Connection) -> None:
    for size in (4, 100, 30_000):
        stream = connection.stream(COUNT, f"3 {size}".encode())
        found = [await stream.receive() for _ in range(4)]
        assert found[:3] == [number.to_bytes(4) + bytes(size - 4) for number in range(3)]
        assert found[3] == Failure("UNAVAILABLE", "the peer ended the stream") == await stream.receive()


async def test_messages_larger_than_the_window_come_through_a_stream(connection: Connection) -> None:
    size = 3 * WINDOW_BYTES
    stream = connection.stream(COUNT, f"3 {size}".encode())
    for number in range(3):
        assert await stream.receive() == number.to_bytes(4) + bytes(size - 4)


async def test_who_does_not_read_a_stream_holds_the_peer_back_and_nobody_else(
    connection: Connection, server: GrpcServer
) -> None:
    many, size = 400, 100_000
    stream = connection.stream(COUNT, f"{many} {size}".encode())
    assert isinstance(await stream.receive(), bytes)
    for _ in range(20):  # others share the connection
        assert await connection.unary(LARGE, str(MEBIBYTE).encode(), LONG) == bytes(MEBIBYTE)
    assert server.heard.sent <= 2 * WINDOW_BYTES // size + 10
    assert [isinstance(await stream.receive(), bytes) for _ in range(many - 1)] == [True] * (many - 1)
    assert isinstance(await stream.receive(), Failure)


async def test_a_stream_that_is_cancelled_ends_here_and_there(connection: Connection, server: GrpcServer) -> None:
    stream = connection.stream(ENDLESS, b"first")
    assert await stream.receive() == b"first"
    waiting = asyncio.create_task(stream.receive())
    await asyncio.sleep(0)
    stream.cancel()
    found = await waiting
    assert isinstance(found, Failure)
    assert found.status == "CANCELLED"
    await asyncio.to_thread(server.heard.left.wait)
    stream.cancel()


async def test_a_wait_that_is_cancelled_loses_no_message(connection: Connection) -> None:
    stream = connection.stream(COUNT, b"2 10")
    for _ in range(3):
        waiting = asyncio.create_task(stream.receive())
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
    assert [len(found) for _ in range(2) if isinstance(found := await stream.receive(), bytes)] == [10, 10]


async def test_closing_ends_what_is_under_way_and_what_comes_later(server: GrpcServer, material: TlsMaterial) -> None:
    connection = secured(server.endpoint, material)
    stream = connection.stream(ENDLESS, b"first")
    assert await stream.receive() == b"first"
    call = asyncio.create_task(connection.unary(HANG, b"", LONG))
    await asyncio.to_thread(until, lambda: server.heard.under_way)
    await connection.close()
    await connection.close()
    left = Failure("CANCELLED", "Channel closed!")
    assert (await call, await stream.receive()) == (left, left)
    for late in (connection.unary(ECHO, b"", LONG),):
        with pytest.raises(errors.InputError, match="is closed"):
            await late
    with pytest.raises(errors.InputError, match="is closed"):
        connection.stream(COUNT, b"1 4")


async def test_closing_ends_an_attempt_to_connect(material: TlsMaterial) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await over.wait()
        writer.close()

    accepted, over = asyncio.Event(), asyncio.Event()
    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    connection = secured(address(listening), material)
    call = asyncio.create_task(connection.unary(ECHO, b"", LONG))
    await accepted.wait()
    await connection.close()
    assert await call == Failure("CANCELLED", "Channel closed!")
    over.set()
    listening.close()
    await listening.wait_closed()


async def test_after_a_restart_the_next_call_connects_anew(
    authority: Authority, server_pair: Pair, material: TlsMaterial
) -> None:
    server = GrpcServer(server_pair, authority.root.certificate_pem)
    async with secured(server.endpoint, material) as connection:
        for _ in range(3):
            assert await connection.unary(ECHO, b"x", LONG) == b"x"
            await asyncio.to_thread(server.stop)
            server = GrpcServer(server_pair, authority.root.certificate_pem, port=server.port)
            assert await connection.unary(ECHO, b"x", LONG) == b"x"
    server.stop()


async def test_calls_under_way_when_the_peer_dies_are_unavailable(
    authority: Authority, server_pair: Pair, material: TlsMaterial
) -> None:
    server = GrpcServer(server_pair, authority.root.certificate_pem)
    async with secured(server.endpoint, material) as connection:
        stream = connection.stream(ENDLESS, b"first")
        assert await stream.receive() == b"first"
        call = asyncio.create_task(connection.unary(HANG, b"", LONG))
        await asyncio.to_thread(until, lambda: server.heard.under_way)
        await asyncio.to_thread(server.stop)
        found = await call
        assert isinstance(found, Failure | bytes)
        assert isinstance(await stream.receive(), Failure)


async def test_a_peer_that_says_goodbye_finishes_what_it_has_begun(
    authority: Authority, server_pair: Pair, material: TlsMaterial
) -> None:
    old = GrpcServer(server_pair, authority.root.certificate_pem)
    async with secured(old.endpoint, material) as connection:
        begun = asyncio.create_task(connection.unary(HANG, b"begun", LONG))
        await asyncio.to_thread(until, lambda: old.heard.under_way)
        finish = await asyncio.to_thread(old.begin_to_stop)
        new = await asyncio.to_thread(GrpcServer, server_pair, authority.root.certificate_pem, port=old.port)
        assert await connection.unary(ECHO, b"elsewhere", LONG) == b"elsewhere"
        assert len(new.heard.metadata) == 1
        await asyncio.to_thread(finish)
        assert await begun == b"begun"
    new.stop()


def test_a_connection_goes_on_on_another_loop(server: GrpcServer, material: TlsMaterial) -> None:
    connection = secured(server.endpoint, material)

    async def call() -> bytes | Failure:
        return await connection.unary(ECHO, b"x", LONG)

    async def last() -> bytes | Failure:
        async with connection:
            return await call()

    with asyncio.Runner() as runner:
        assert runner.run(call()) == b"x"
        for link in list(connection._links):  # as a program leaves it that forgets to close
            link.abort()
        runner.run(asyncio.sleep(0))
    with asyncio.Runner() as runner:
        assert runner.run(last()) == b"x"


async def test_after_an_attempt_that_failed_calls_fail_at_once_for_a_while() -> None:
    attempts = 0

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        writer.close()

    listening = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    endpoint = address(listening)
    rest = Timing(first_rest_seconds=LONG, longest_rest_seconds=LONG)
    async with Connection(Place(endpoint, "peer", None), rest) as connection:
        found = await asyncio.gather(*(connection.unary(ECHO, b"", LONG) for _ in range(50)))
        found.append(await connection.unary(ECHO, b"", LONG))
        found.append(await connection.stream(COUNT, b"1 4").receive())
        assert {each.status for each in found if isinstance(each, Failure)} == {"UNAVAILABLE"}
        assert (attempts, len(set(map(str, found)))) == (1, 1)
    no_rest = Timing(first_rest_seconds=0, longest_rest_seconds=0)
    async with Connection(Place(endpoint, "peer", None), no_rest) as connection:
        for _ in range(3):
            await connection.unary(ECHO, b"", LONG)
    assert attempts == 4
    listening.close()
    await listening.wait_closed()
