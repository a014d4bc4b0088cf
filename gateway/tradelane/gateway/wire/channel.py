"""A caller's `grpc.aio.Channel` as a transport."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio

from tradelane.gateway import transport
from tradelane.gateway.faults import LEFT
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.ending import PEER_ENDED
from tradelane.gateway.wire.transports import Messages, Metadata


class ChannelTransport:
    """Calls on a gRPC channel."""

    def __init__(self, channel: Any) -> None:  # noqa: ANN401 -- gRPC ships no types
        self._channel = channel
        # One callable per method: making one costs more than a good part of a call.
        self._calls: dict[str, Callable[..., Any]] = {}

    async def unary(
        self, method: str, request: bytes, timeout_seconds: float, metadata: Metadata = ()
    ) -> bytes | Failure:
        """Make one call."""
        call = self._calls.get(method)
        if call is None:
            call = self._calls[method] = self._channel.unary_unary(method)
        try:
            return await call(request, timeout=timeout_seconds, metadata=metadata)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            return transport.failure_of(error)
        except grpc.aio.UsageError as error:  # gRPC's word for a channel that is closed
            raise transport.closed() from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return LEFT  # nobody cancelled the task: gRPC says so when its channel is closed

    def stream(self, method: str, request: bytes, metadata: Metadata = ()) -> Messages:
        """Begin a server stream."""
        try:
            return _ChannelMessages(self._channel.unary_stream(method)(request, metadata=metadata))
        except grpc.aio.UsageError as error:
            raise transport.closed() from error

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()


class _ChannelMessages:
    def __init__(self, call: Any) -> None:  # noqa: ANN401
        self._call = call

    async def receive(self) -> bytes | Failure:
        try:
            message = await self._call.read()
        except grpc.RpcError as error:
            return transport.failure_of(error)
        return PEER_ENDED if message is grpc.aio.EOF else message

    def cancel(self) -> None:
        self._call.cancel()
