"""The asyncio client's way to its peers: gRPC's wire protocol on asyncio's sockets and TLS, and `tradelane.http2`.

`connection` is what a gateway uses; `dialling` makes one connection, `link` is one that stands, `calls` are the calls
on it, `ending` tells how they end. `channel` puts a caller's `grpc.aio.Channel` behind the same face (`transports`).
"""
