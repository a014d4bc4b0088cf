"""gRPC's standard health service, `grpc.health.v1.Health`, on the chaincode's own port.

It knows the server as a whole (empty name) and `protos.Chaincode`. Both serve until the server is being drained.
"""

from collections.abc import Callable, Mapping

from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from tradelane.chaincode.shim.rpc.call import Call, Method
from tradelane.http2.status import Status

CHAINCODE_SERVICE = "protos.Chaincode"

_SERVICES = ("", CHAINCODE_SERVICE)
_SERVICE = b"/grpc.health.v1.Health/"
_STATUS = health_pb2.HealthCheckResponse.ServingStatus


class Health:
    """Tells whether new transactions are taken."""

    def __init__(self) -> None:
        self._stopping = False
        self._watchers: dict[Call, bool] = {}

    @property
    def methods(self) -> Mapping[bytes, Method]:
        """The service's methods by path."""
        return {
            _SERVICE + b"Check": lambda call: _Request(call, self._check, self._unwatch),
            _SERVICE + b"Watch": lambda call: _Request(call, self._watch, self._unwatch),
        }

    def stop(self) -> None:
        """Report NOT_SERVING from now on, and end the watchers' streams with it."""
        self._stopping = True
        for call, known in list(self._watchers.items()):
            self._unwatch(call)
            self._last(call, known=known)

    def _check(self, call: Call, service: str) -> None:
        if service in _SERVICES:
            call.send(self._status())
            call.finish()
        else:
            call.finish(Status.NOT_FOUND, "there is no such service here")

    def _watch(self, call: Call, service: str) -> None:
        known = service in _SERVICES
        if self._stopping:
            self._last(call, known=known)
            return
        self._watchers[call] = known
        call.send(self._status() if known else _encoded(_STATUS.SERVICE_UNKNOWN))

    def _unwatch(self, call: Call) -> None:
        self._watchers.pop(call, None)

    def _last(self, call: Call, *, known: bool) -> None:
        if known:
            call.send(self._status())
        call.finish()

    def _status(self) -> bytes:
        return _encoded(_STATUS.NOT_SERVING if self._stopping else _STATUS.SERVING)


class _Request:
    """A call with one request, which is answered once it is whole."""

    def __init__(self, call: Call, answer: Callable[[Call, str], None], lost: Callable[[Call], None]) -> None:
        self._call = call
        self._answer = answer
        self._lost = lost
        self._service: str | None = None

    def received(self, message: bytes) -> None:
        """Take the request."""
        try:
            self._service = health_pb2.HealthCheckRequest.FromString(message).service
        except DecodeError:
            self._call.finish(Status.INTERNAL, "the request is malformed")

    def ended(self) -> None:
        """Answer."""
        if self._service is None:
            self._call.finish(Status.INTERNAL, "there is no request")
        else:
            self._answer(self._call, self._service)

    def lost(self, _: str) -> None:
        """Nobody is there any more to be answered."""
        self._lost(self._call)


def _encoded(status: int) -> bytes:
    data: bytes = health_pb2.HealthCheckResponse(status=status).SerializeToString()
    return data
