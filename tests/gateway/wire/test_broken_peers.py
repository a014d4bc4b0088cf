"""Peers that are no peers, or break: in which words a call fails, and what a user is told then."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.wire.conftest import NAME, address, secured
from tests.support.grpc_server import ECHO, ENDLESS, GrpcServer
from tests.support.http2_server import ANSWER
from tests.support.pki import DAY, NOW, Authority
from tradelane.gateway.errors import CallError, Step
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.profile import TlsMaterial
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.connection import Connection
from tradelane.gateway.wire.dialling import Place
from tradelane.gateway.wire.link import Timing
from tradelane.http2 import frames
from tradelane.http2.frames import ErrorCode, frame, settings_frame
from tradelane.http2.headers import Codec

LONG = 60.0
SETTINGS = settings_frame({})

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[str]:
    """A server that talks as the test wants; it hangs up when it has said everything."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield address(listening)
    finally:
        listening.close()
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


def plain(endpoint: str, timing: Timing | None = None) -> Connection:
    return Connection(Place(endpoint, NAME, None), timing)


async def failing(connection: Connection, seconds: float = LONG) -> Failure:
    async with connection:
        found = await connection.unary(ECHO, b"request", seconds)
    assert isinstance(found, Failure)
    return found


def told(failure: Failure) -> CallError:
    return explain(Fault(Step.EVALUATE, failure, "peer:7051"))


async def test_nobody_listens(material: TlsMaterial) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        failure = await failing(secured(endpoint, material))
    assert failure.message.startswith(f"cannot connect to {endpoint}: ")
    assert (told(failure).code, "look whether it runs" in told(failure).message) == ("UNREACHABLE", True)


@pytest.mark.parametrize("endpoint", ["nowhere.invalid:1", "127.0.0.1:99999", "[::1:7", "x" * 300 + ":1", "nothing"])
async def test_an_address_that_is_none(endpoint: str, material: TlsMaterial) -> None:
    failure = await failing(secured(endpoint, material))
    assert (failure.status, told(failure).code) == ("UNAVAILABLE", "UNREACHABLE")


@pytest.mark.parametrize("name", ["peer1.shanghai.tradelane.example", "127.0.0.1", "", "a\nb", "straße.example"])
async def test_a_peer_of_another_name(server: GrpcServer, material: TlsMaterial, name: str) -> None:
    failure = await failing(secured(server.endpoint, material, name))
    assert failure.status == "UNAVAILABLE"
    assert told(failure).code in {"TLS_FAILED", "UNREACHABLE"}
    if name.startswith(("peer1", "127")):
        assert "its certificate is for another name" in failure.message
        assert (told(failure).code, "another host" in told(failure).message) == ("TLS_FAILED", True)


async def test_a_peer_whose_certificate_has_expired(authority: Authority, material: TlsMaterial) -> None:
    server = GrpcServer(
        authority.issue(NAME, begin=NOW - 2 * DAY, end=NOW - timedelta(hours=1)), authority.root.certificate_pem
    )
    failure = await failing(secured(server.endpoint, material))
    assert "its certificate is not trusted: certificate has expired" in failure.message
    assert (told(failure).code, "has expired or was not signed" in told(failure).message) == ("TLS_FAILED", True)
    server.stop()


async def test_a_peer_of_another_authority(authority: Authority, material: TlsMaterial) -> None:
    server = GrpcServer(Authority("ca.elsewhere.example").issue(NAME), authority.root.certificate_pem)
    failure = await failing(secured(server.endpoint, material))
    assert "its certificate is not trusted" in failure.message
    assert told(failure).code == "TLS_FAILED"
    server.stop()


async def test_a_peer_that_does_not_trust_the_client(server: GrpcServer, authority: Authority) -> None:
    stranger = Authority("ca.elsewhere.example").issue("client")
    material = TlsMaterial(authority.root.certificate_pem, stranger.certificate_pem, stranger.key_pem)
    error = told(await failing(secured(server.endpoint, material)))
    assert error.code in {"TLS_FAILED", "UNREACHABLE"}
    assert "TLS" in error.message


async def test_a_peer_of_plain_text(material: TlsMaterial) -> None:
    server = GrpcServer()
    failure = await failing(secured(server.endpoint, material))
    assert failure.status == "UNAVAILABLE"
    assert told(failure).code in {"TLS_FAILED", "UNREACHABLE"}
    async with plain(server.endpoint) as connection:
        assert await connection.unary(ECHO, b"x", LONG) == b"x"
    server.stop()


async def test_plain_text_at_a_peer_of_tls(server: GrpcServer) -> None:
    failure = await failing(plain(server.endpoint))
    assert "closed the connection before HTTP/2 began" in failure.message


async def test_tls_without_http_2(authority: Authority, material: TlsMaterial, tmp_path: Path) -> None:
    pair = authority.issue(NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (tmp_path / "pair.pem").write_bytes(pair.certificate_pem + pair.key_pem)
    context.load_cert_chain(tmp_path / "pair.pem")

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(wait, "127.0.0.1", 0, ssl=context)
    failure = await failing(secured(address(listening), material))
    assert "it speaks TLS, and not HTTP/2 in it" in failure.message
    assert told(failure).code == "UNREACHABLE"
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", bytes(100)])
async def test_a_server_that_speaks_something_else(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with peer(talk) as endpoint:
        failure = await failing(plain(endpoint))
    assert "what it says is no HTTP/2" in failure.message
    assert told(failure).code == "UNREACHABLE"


@pytest.mark.parametrize("tls", [True, False])
async def test_a_server_that_is_silent_runs_into_the_deadline(tls: bool, material: TlsMaterial) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with peer(talk) as endpoint:
        failure = await failing(secured(endpoint, material) if tls else plain(endpoint), 0.05)
        assert failure.status == "DEADLINE_EXCEEDED"
        failure = await failing(plain(endpoint, Timing(connect_seconds=0.05)))
        assert failure == Failure("UNAVAILABLE", f"cannot connect to {endpoint}: it does not answer")


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Begin as a server does, and wait for a request."""
    writer.write(SETTINGS)
    await reader.readuntil(b"request")


async def test_a_peer_that_falls_silent_is_asked_for_a_sign_of_life_and_given_up() -> None:
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.readuntil(frame(frames.PING, 0, 0, bytes(8)))
        asked.set()
        await reader.read()

    timing = Timing(keepalive_seconds=0.01, answer_seconds=0.05, tick_seconds=0.005)
    async with peer(talk) as endpoint:
        failure = await failing(plain(endpoint, timing))
    assert asked.is_set()
    assert failure == Failure("UNAVAILABLE", "the peer gives no sign of life")


async def test_a_peer_that_answers_when_it_is_asked_is_waited_for() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        for _ in range(3):
            await reader.readuntil(frame(frames.PING, 0, 0, bytes(8)))
            writer.write(frame(frames.PING, frames.ACK, 0, bytes(8)))
        writer.write(answer(1, b"late"))
        await reader.read()

    timing = Timing(keepalive_seconds=0.01, answer_seconds=LONG, tick_seconds=0.005)
    async with peer(talk) as endpoint, plain(endpoint, timing) as connection:
        assert await connection.unary(ECHO, b"request", LONG) == b"late"


def answer(stream_id: int, message: bytes, **trailers: str) -> bytes:
    codec = Codec()
    ends = trailers or {"grpc-status": "0"}
    head = frame(frames.HEADERS, frames.END_HEADERS, stream_id, codec.encode(ANSWER.items()))
    content = frame(frames.DATA, 0, stream_id, b"\0" + len(message).to_bytes(4) + message)
    flags = frames.END_HEADERS | frames.END_STREAM
    return head + content + frame(frames.HEADERS, flags, stream_id, codec.encode(ends.items()))


async def test_what_a_peer_has_not_looked_at_is_asked_again_on_another_connection() -> None:
    came = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        await greet(reader, writer)
        if came == 1:
            writer.write(frames.goaway_frame(0, ErrorCode.NO_ERROR, "a new version"))
        else:
            writer.write(answer(1, b"here"))
        await reader.read()

    async with peer(talk) as endpoint, plain(endpoint) as connection:
        assert await connection.unary(ECHO, b"request", LONG) == b"here"
    assert came == 2


async def test_and_only_once() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        writer.write(frames.number_frame(frames.RST_STREAM, 1, ErrorCode.REFUSED_STREAM))
        await reader.readuntil(b"request")
        writer.write(frames.number_frame(frames.RST_STREAM, 3, ErrorCode.REFUSED_STREAM))
        await reader.read()

    async with peer(talk) as endpoint:
        failure = await failing(plain(endpoint))
    assert failure == Failure("UNAVAILABLE", "Received RST_STREAM with error code 7")


MISBEHAVIOUR: dict[str, tuple[bytes, str, str]] = {
    "a reset": (
        frames.number_frame(frames.RST_STREAM, 1, ErrorCode.CANCEL),
        "CANCELLED",
        "RST_STREAM with error code 8",
    ),
    "calm": (frames.number_frame(frames.RST_STREAM, 1, ErrorCode.ENHANCE_YOUR_CALM), "RESOURCE_EXHAUSTED", "code 11"),
    "an unknown reset": (frames.number_frame(frames.RST_STREAM, 1, 0xABC), "INTERNAL", "error code 2748"),
    "no HTTP/2": (frame(frames.PING, 0, 0), "UNAVAILABLE", "the peer broke HTTP/2"),
    "hung up": (b"", "UNAVAILABLE", "the connection to the peer was lost"),
    "two answers": (
        frame(frames.HEADERS, frames.END_HEADERS, 1, Codec().encode(ANSWER.items()))
        + frame(frames.DATA, 0, 1, 2 * b"\0\0\0\0\1x"),
        "INTERNAL",
        "answered more than once",
    ),
    "a compressed answer": (
        frame(frames.HEADERS, frames.END_HEADERS, 1, Codec().encode(ANSWER.items()))
        + frame(frames.DATA, 0, 1, b"\1\0\0\0\1x"),
        "UNIMPLEMENTED",
        "compressed",
    ),
    "an HTTP error": (
        frame(frames.HEADERS, frames.END_HEADERS, 1, Codec().encode([(":status", "503")])),
        "UNAVAILABLE",
        "HTTP status 503",
    ),
    "half an answer": (
        frame(frames.HEADERS, frames.END_HEADERS, 1, Codec().encode(ANSWER.items()))
        + frame(frames.DATA, frames.END_STREAM, 1, b"\0\0\0\0\2x"),
        "UNKNOWN",
        "without a status",
    ),
}


@pytest.mark.parametrize(("said", "status", "words"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
async def test_a_peer_that_misbehaves_in_mid_call(said: bytes, status: str, words: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        writer.write(said)
        if said:
            await reader.read()

    async with peer(talk) as endpoint:
        failure = await failing(plain(endpoint))
        assert (failure.status, words in failure.message) == (status, True), failure
        async with plain(endpoint) as connection:
            stream = connection.stream(ENDLESS, b"request")
            found = await stream.receive()
            if isinstance(found, bytes):  # for a stream two messages are no fault
                stream.cancel()
            assert isinstance(found, bytes | Failure)
