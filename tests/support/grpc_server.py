"""gRPC's own server with methods that say little and do much, as a counterpart for our client's transport."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc

from tests.support.loopback_calls import Refusal, abort
from tests.support.pki import Pair

ECHO, FAIL, HANG, SIZE, LARGE, COUNT, ENDLESS = (
    f"/test.Test/{name}" for name in ("Echo", "Fail", "Hang", "Size", "Large", "Count", "Endless")
)
KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024


@dataclass
class Heard:
    """What came along with the requests, how many are under way, and how many messages were sent on streams."""

    metadata: list[dict[str, str | bytes]] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    sent: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    """A call that hung was left by its client."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class GrpcServer:
    """The server; `port` 0 is any free one."""

    def __init__(
        self, server: Pair | None = None, client_roots: bytes = b"", *, port: int = 0, max_streams: int | None = None
    ) -> None:
        self.heard = Heard()
        options: list[tuple[str, int]] = [
            ("grpc.max_receive_message_length", -1),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),
        ]
        if max_streams is not None:
            options.append(("grpc.max_concurrent_streams", max_streams))
        self._over = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=16), options=options)
        self._server.add_generic_rpc_handlers((_Methods(self),))
        address = f"127.0.0.1:{port}"
        if server is None:
            self.port = self._server.add_insecure_port(address)
        else:
            credentials = grpc.ssl_server_credentials(
                [(server.key_pem, server.certificate_pem)], client_roots or None, require_client_auth=bool(client_roots)
            )
            self.port = self._server.add_secure_port(address, credentials)
        self.endpoint = f"127.0.0.1:{self.port}"
        self._server.start()

    def stop(self, grace: float | None = None) -> None:
        self._over.set()
        self._server.stop(grace).wait()

    def begin_to_stop(self) -> Callable[[], None]:
        """Say goodbye to clients, and return what ends the calls that hang and waits for the end."""
        stopped = self._server.stop(grace=60)

        def finish() -> None:
            self._over.set()
            stopped.wait()

        return finish

    def echo(self, request: bytes, context: Any) -> bytes:
        with self.heard.lock:
            self.heard.metadata.append(dict(context.invocation_metadata()))
            self.heard.under_way += 1
            self.heard.most_under_way = max(self.heard.most_under_way, self.heard.under_way)
        with self.heard.lock:
            self.heard.under_way -= 1
        return request

    def fail(self, request: bytes, context: Any) -> bytes:
        number, _, words = request.decode().partition(" ")
        code = next(each for each in grpc.StatusCode if each.value[0] == int(number))
        return abort(context, Refusal(code, words, [("peer:1", "MSP", words)]))  # type: ignore[no-any-return]

    def hang(self, request: bytes, context: Any) -> bytes:
        context.add_callback(self.heard.left.set)
        with self.heard.lock:
            self.heard.under_way += 1
        self._over.wait()
        return request

    def size(self, request: bytes, _: Any) -> bytes:
        return str(len(request)).encode()

    def large(self, request: bytes, _: Any) -> bytes:
        return bytes(int(request))

    def count(self, request: bytes, _: Any) -> Iterator[bytes]:
        """So many messages of such a size."""
        messages, size = map(int, request.split())
        for number in range(messages):
            self.heard.sent += 1
            yield number.to_bytes(4) + bytes(size - 4)

    def endless(self, request: bytes, context: Any) -> Iterator[bytes]:
        context.add_callback(self.heard.left.set)
        yield request
        self._over.wait()


class _Methods(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, server: GrpcServer) -> None:
        self._unary = {
            ECHO: server.echo, FAIL: server.fail, HANG: server.hang, SIZE: server.size, LARGE: server.large
        }  # fmt: skip
        self._streams = {COUNT: server.count, ENDLESS: server.endless}

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method
        if method in self._unary:
            return grpc.unary_unary_rpc_method_handler(self._unary[method])
        return grpc.unary_stream_rpc_method_handler(self._streams[method]) if method in self._streams else None
