"""A gRPC server for few methods, on asyncio and the HTTP/2 of `tradelane.http2`."""
