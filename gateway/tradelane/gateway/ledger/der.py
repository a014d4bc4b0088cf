"""The one thing Fabric encodes in ASN.1 DER by hand: a block's header."""

_INTEGER, _OCTET_STRING, _SEQUENCE = 0x02, 0x04, 0x30


def header_der(number: int, previous_hash: bytes, data_hash: bytes) -> bytes:
    """Return a block header as SEQUENCE of number, previous hash and data hash."""
    # One more bit than the number has, for DER's integers are signed.
    digits = number.to_bytes(number.bit_length() // 8 + 1, "big")
    content = _element(_INTEGER, digits) + _element(_OCTET_STRING, previous_hash) + _element(_OCTET_STRING, data_hash)
    return _element(_SEQUENCE, content)


def _element(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + _length(len(content)) + content


def _length(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
