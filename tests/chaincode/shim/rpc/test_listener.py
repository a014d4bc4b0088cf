"""The listener, met by gRPC's own client and by bare sockets."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from tests.support.http2_client import REQUEST, Frame
from tests.support.loopback_peer import OPTIONS, channel_to
from tests.support.tls import Authority, write_pair
from tests.support.waiting import until
from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.limits import MAX_CONNECTIONS, MAX_MESSAGE_BYTES
from tradelane.chaincode.shim.rpc.call import Call, Method
from tradelane.chaincode.shim.rpc.listener import Listener, Timing
from tradelane.chaincode.shim.tls import Credentials, TlsFiles
from tradelane.http2 import frames
from tradelane.http2.frames import FrameReader, frame, settings_frame
from tradelane.http2.headers import Codec
from tradelane.http2.messages import Unfinished, enclosed
from tradelane.http2.status import Status

PATIENCE_SECONDS = 30
PATH = b"/test/Echo"
METHOD = PATH.decode()


class Echo:
    """Sends every message back."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.count = 0
        self.sixty = asyncio.Event()
        self.reason = ""

    def received(self, message: bytes) -> None:
        self.count += 1
        if self.count == 60:
            self.sixty.set()
        self.call.send(message)

    def ended(self) -> None:
        self.call.finish()

    def lost(self, reason: str) -> None:
        self.reason = reason


@asynccontextmanager
async def listening(
    timing: Timing | None = None,
    tls: TlsFiles | None = None,
    methods: Mapping[bytes, Method] | None = None,
    max_connections: int = MAX_CONNECTIONS,
    unfinished: Unfinished | None = None,
) -> AsyncIterator[tuple[Listener, int]]:
    context = Credentials(tls).context if tls else None
    listener = Listener(methods or {PATH: Echo}, context, timing, max_connections, unfinished)
    port = await listener.start("127.0.0.1:0")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield listener, port
    finally:
        listener.drain()
        await listener.stop()


class Bare:
    """A connection on which every byte is the test's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = FrameReader()

    def greet(self, settings: dict[int, int] | None = None) -> None:
        self.writer.write(frames.PREFACE + settings_frame(settings or {}))

    def call(self, number: int = 1) -> None:
        block = Codec().encode({**REQUEST, ":path": METHOD}.items())
        self.writer.write(frame(frames.HEADERS, frames.END_HEADERS, number, block))

    async def until(self, kind: int) -> Frame:
        """Return the next frame of this type."""
        while data := await self.reader.read(65_536):
            for each in self._frames.feed(data):
                if each[0] == kind:
                    return Frame(*each)
        raise AssertionError(f"the connection ended without a frame of type {kind}")


@asynccontextmanager
async def bare(port: int) -> AsyncIterator[Bare]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Bare(reader, writer)
    finally:
        writer.close()


def _blocking_echo(port: int, messages: list[bytes]) -> list[bytes]:
    with grpc.insecure_channel(f"127.0.0.1:{port}", OPTIONS) as channel:
        return list(channel.stream_stream(METHOD)(iter(messages)))


async def test_grpcs_blocking_client_is_served() -> None:
    messages = [b"", b"one", b"x" * 100_000]
    async with listening() as (_, port):
        assert await asyncio.to_thread(_blocking_echo, port, messages) == messages


async def test_a_message_of_fabrics_limit_passes_both_ways() -> None:
    message = b"x" * MAX_MESSAGE_BYTES
    async with listening() as (_, port), channel_to(port, None) as channel:
        call = channel.stream_stream(METHOD)()
        await call.write(message)
        assert await call.read() == message


async def test_many_messages_pass_at_once_in_their_order() -> None:
    async with listening() as (_, port), channel_to(port, None) as channel:
        call = channel.stream_stream(METHOD)(b"%d" % number for number in range(5000))
        assert [int(each) async for each in call] == list(range(5000))


async def test_a_method_it_does_not_have_is_unimplemented() -> None:
    async with listening() as (_, port), channel_to(port, None) as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="there is no such method here") as refused:
            await channel.unary_unary("/test/Nothing")(b"")
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_compressed_call_is_unimplemented() -> None:
    async with listening() as (_, port), channel_to(port, None) as channel:
        call = channel.stream_stream(METHOD)(compression=grpc.Compression.Gzip)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call.read()
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_status_reaches_the_client_with_its_text() -> None:
    class Refusing(Echo):
        def received(self, _: bytes) -> None:
            self.call.finish(Status.NOT_FOUND, "100 % schön")

    async with listening(methods={PATH: Refusing}) as (_, port), channel_to(port, None) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(METHOD)(b"x")
        assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.NOT_FOUND, "100 % schön")


async def test_a_peer_that_does_not_read_holds_its_own_messages_only() -> None:
    served: list[Echo] = []

    def serve(call: Call) -> Echo:
        served.append(Echo(call))
        return served[-1]

    async with listening(methods={PATH: serve}) as (_, port), bare(port) as greedy, channel_to(port, None) as channel:
        greedy.greet({frames.INITIAL_WINDOW_SIZE: 0})
        greedy.call()
        message = enclosed(b"x" * 16_000)
        for _ in range(60):  # as many as the window lets it
            greedy.writer.write(frame(frames.DATA, 0, 1, message))
        other = channel.stream_stream(METHOD)()
        await other.write(b"hello")
        assert await other.read() == b"hello"
        await served[0].sixty.wait()
        greedy.writer.write(frames.number_frame(frames.WINDOW_UPDATE, 1, 1_000_000))
        greedy.writer.write(frames.number_frame(frames.WINDOW_UPDATE, 0, 1_000_000))
        assert (await greedy.until(frames.DATA)).content.startswith(message[:5])


async def test_one_too_many_is_closed_at_once_and_the_others_are_served(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(max_connections=1) as (listener, port):
        async with bare(port) as first:
            first.greet()
            await first.until(frames.SETTINGS)
            async with bare(port) as another:
                assert await another.reader.read() == b""
            first.call()
            first.writer.write(frame(frames.DATA, 0, 1, enclosed(b"hello")))
            assert (await first.until(frames.DATA)).content == enclosed(b"hello")
        await asyncio.to_thread(until, lambda: not listener.connections)
        async with bare(port) as next_one:
            next_one.greet()
            await next_one.until(frames.SETTINGS)
    assert caplog.messages == ["there are as many connections as are allowed, another one was closed"]


async def test_messages_that_never_end_are_refused_before_they_fill_the_memory() -> None:
    unfinished = Unfinished(max_bytes=20_000)
    async with listening(unfinished=unfinished) as (_, port), bare(port) as first, bare(port) as second:
        begun = frame(frames.DATA, 0, 1, enclosed(b"x" * 1_000_000)[:15_000])
        for each in (first, second):
            each.greet()
            each.call()
        first.writer.write(begun)
        await asyncio.to_thread(until, lambda: unfinished.bytes == 15_000)
        second.writer.write(begun)
        trailers = dict(Codec().decode((await second.until(frames.HEADERS)).content))
        assert trailers[b"grpc-status"] == b"%d" % Status.RESOURCE_EXHAUSTED
        assert unfinished.bytes == 15_000
        first.writer.write(frames.number_frame(frames.RST_STREAM, 1, frames.ErrorCode.CANCEL))
        await asyncio.to_thread(until, lambda: unfinished.bytes == 0)


async def test_one_that_says_nothing_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    timing = Timing(greeting_seconds=0.02, tick_seconds=0.01)
    async with listening(timing) as (_, port), bare(port) as silent:
        while await silent.reader.read(1000):
            pass
    assert "a connection said nothing that begins HTTP/2, closed" in caplog.messages


async def test_one_that_is_idle_is_told_and_closed() -> None:
    async with listening(Timing(idle_seconds=0.02, tick_seconds=0.01)) as (_, port), bare(port) as idle:
        idle.greet()
        assert (await idle.until(frames.GOAWAY)).content.endswith(b"idle")
        assert await idle.reader.read() == b""


async def test_one_in_silence_is_asked_and_closed_when_it_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    lost = asyncio.Event()

    class Told(Echo):
        def lost(self, reason: str) -> None:
            lost.set()

    timing = Timing(keepalive_seconds=0.02, answer_seconds=0.05, tick_seconds=0.01)
    async with listening(timing, methods={PATH: Told}) as (_, port), bare(port) as silent:
        silent.greet()
        silent.call()
        assert not (await silent.until(frames.PING)).flags & frames.ACK
        await lost.wait()
    assert "a peer gives no sign of life, its connection is closed" in caplog.messages


async def test_one_that_answers_stays() -> None:
    timing = Timing(keepalive_seconds=0.02, answer_seconds=10.0, tick_seconds=0.01)
    async with listening(timing) as (_, port), bare(port) as quiet:
        quiet.greet()
        quiet.call()
        for _ in range(3):
            ping = await quiet.until(frames.PING)
            quiet.writer.write(frame(frames.PING, frames.ACK, 0, ping.content))


async def test_a_fault_is_logged_with_its_peer_and_told_to_it(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as (_, port), bare(port) as wrong:
        wrong.greet()
        wrong.writer.write(frame(frames.PING, 0, 0, b"short"))
        assert b"PING" in (await wrong.until(frames.GOAWAY)).content
        assert await wrong.reader.read() == b""
    (record,) = [each for each in caplog.records if each.message == "a peer broke HTTP/2, its connection was closed"]
    assert vars(record)["code"] == "FRAME_SIZE_ERROR"
    assert vars(record)["peer"].startswith("127.0.0.1:")


async def test_draining_ends_a_connection_after_its_last_call() -> None:
    async with listening() as (listener, port), bare(port) as peer:
        peer.greet()
        peer.call()
        peer.writer.write(frame(frames.DATA, 0, 1, enclosed(b"x")))
        await peer.until(frames.DATA)
        listener.drain()
        await peer.until(frames.GOAWAY)
        peer.writer.write(frame(frames.DATA, frames.END_STREAM, 1, enclosed(b"y")))
        await peer.until(frames.DATA)
        await peer.reader.read()  # to the end of the connection


async def test_a_port_that_is_taken_is_refused() -> None:
    async with listening() as (_, port):
        with pytest.raises(CannotServe, match="address is taken"):
            await Listener({}).start(f"127.0.0.1:{port}")


@pytest.fixture
def authority() -> Authority:
    return Authority("tls-ca")


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> TlsFiles:
    key, certificate = write_pair(authority.issue(), tmp_path, "server")
    client_ca = tmp_path / "ca.pem"
    client_ca.write_bytes(authority.certificate)
    return TlsFiles(key, certificate, client_ca)


def _client_context(authority: Authority, directory: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=authority.certificate.decode())
    key, certificate = write_pair(authority.issue("peer0"), directory, "client")
    context.load_cert_chain(certificate, key)
    return context


async def _reply(port: int, context: ssl.SSLContext) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    try:
        writer.write(frames.PREFACE + settings_frame({}))
        return await reader.read(9)
    finally:
        writer.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_is_spoken_from_1_2_on(
    version: ssl.TLSVersion, authority: Authority, files: TlsFiles, tmp_path: Path
) -> None:
    context = _client_context(authority, tmp_path)
    context.set_alpn_protocols(["h2"])
    context.minimum_version = context.maximum_version = version
    async with listening(tls=files) as (_, port):
        assert (await _reply(port, context))[3] == frames.SETTINGS


def _connect(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSession | None:
    """Connect, with the session of an earlier connection, and return this one's."""
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as secured,
    ):
        secured.sendall(frames.PREFACE + settings_frame({}))
        if not secured.recv(9):
            raise ConnectionError("closed")
        return secured.session


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_of_before_does_not_let_in_who_is_shut_out(
    version: ssl.TLSVersion, authority: Authority, files: TlsFiles, tmp_path: Path
) -> None:
    context = _client_context(authority, tmp_path)
    context.set_alpn_protocols(["h2"])
    context.minimum_version = context.maximum_version = version
    async with listening(tls=files) as (_, port):
        session = await asyncio.to_thread(_connect, port, context)
        assert files.client_ca is not None
        files.client_ca.write_bytes(Authority("other-peers").certificate)
        with pytest.raises(OSError):  # noqa: PT011 - the alert or the end, whichever comes first
            await asyncio.to_thread(_connect, port, context, session)


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False


async def test_once_draining_nobody_else_gets_through() -> None:
    async with listening() as (listener, port), bare(port) as peer:
        peer.greet()
        peer.call()
        peer.writer.write(frame(frames.DATA, 0, 1, enclosed(b"x")))
        await peer.until(frames.DATA)
        listener.drain()
        await peer.until(frames.GOAWAY)
        await asyncio.to_thread(until, lambda: _refuses(port))


async def test_tls_without_http_2_is_refused_and_said(
    authority: Authority, files: TlsFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = _client_context(authority, tmp_path)
    context.set_alpn_protocols(["http/1.1"])
    async with listening(tls=files) as (_, port):
        with contextlib.suppress(OSError):  # closed before it could be written to
            assert await _reply(port, context) == b""
    assert any("ALPN 'h2'" in message for message in caplog.messages)


async def test_a_peer_that_says_that_it_does_not_trust_the_service_is_told_of(
    files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    context = ssl.create_default_context(cadata=Authority("other").certificate.decode())
    async with listening(tls=files) as (_, port):
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(_connect, port, context)  # a loop's own TLS would leave without a word
        await asyncio.to_thread(until, lambda: caplog.messages)
    assert caplog.messages[-1].startswith("a peer does not trust this service's certificate: the root_cert")


async def test_a_peers_own_certificate_may_be_what_is_trusted(authority: Authority, files: TlsFiles) -> None:
    pinned, other = authority.issue("peer0"), authority.issue("peer1")
    assert files.client_ca is not None
    files.client_ca.write_bytes(pinned.certificate)
    async with listening(tls=files) as (_, port):
        async with channel_to(port, authority.certificate, pinned) as channel:
            assert await channel.unary_unary(METHOD)(b"x") == b"x"
        async with channel_to(port, authority.certificate, other) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await channel.unary_unary(METHOD)(b"x")


async def test_a_handshake_that_does_not_end_is_closed_and_said(
    files: TlsFiles, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(Timing(greeting_seconds=0.05), files) as (_, port), bare(port) as slow:
        assert await slow.reader.read() == b""
    assert "a peer did not finish the TLS handshake in time" in caplog.messages


async def test_no_thread_is_started_for_connections() -> None:
    async with listening() as (_, port), bare(port) as peer:
        before = threading.active_count()
        peer.greet()
        peer.call()
        await peer.until(frames.SETTINGS)
        assert threading.active_count() == before
