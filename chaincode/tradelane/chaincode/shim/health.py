"""gRPC's standard health service, `grpc.health.v1.Health`, on the chaincode's own port.

It knows the server as a whole (empty name) and `protos.Chaincode`. Both serve until the server is being drained.
"""

import asyncio
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

CHAINCODE_SERVICE = "protos.Chaincode"


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc] # the library has no types
    """Tells whether new transactions are taken.

    The library's own asyncio servicer is not used: its watchers keep a server from stopping, and when one of several
    leaves, the others hear nothing more.
    """

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Report NOT_SERVING from now on, and end the watchers' streams with it."""
        self._stopping.set()

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's name and lack of types
        """Answer once."""
        if not _known(request):
            await context.abort(grpc.StatusCode.NOT_FOUND, "there is no such service here")
        return self._status()

    async def Watch(self, request: Any, context: Any) -> None:  # noqa: ANN401, N802
        """Answer now and at each change."""
        if not _known(request):
            await context.write(health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVICE_UNKNOWN))
            await self._stopping.wait()
            return
        await context.write(self._status())
        await self._stopping.wait()
        await context.write(self._status())

    def _status(self) -> Any:  # noqa: ANN401
        kinds = health_pb2.HealthCheckResponse
        return kinds(status=kinds.NOT_SERVING if self._stopping.is_set() else kinds.SERVING)


def add_health(server: Any) -> Health:  # noqa: ANN401
    """Add the service to a server that has not been started."""
    health = Health()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    return health


def _known(request: Any) -> bool:  # noqa: ANN401
    return request.service in ("", CHAINCODE_SERVICE)
