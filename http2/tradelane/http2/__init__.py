"""HTTP/2 (RFC 9113) and gRPC's messages on it, without any I/O: bytes in, calls to who uses a stream, bytes out.

`side` is what both ends of a connection do alike; `server` serves the chaincode's peers, `client` is the gateway
client's.
"""
