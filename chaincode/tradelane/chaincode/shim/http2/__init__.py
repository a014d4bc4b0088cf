"""A server's side of HTTP/2 (RFC 9113), without any I/O: bytes in, calls to who serves a stream, bytes out."""
