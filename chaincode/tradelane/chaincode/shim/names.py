"""A certificate's distinguished name as Go's shim writes it, so that both give a caller the same id.

Go's shim reads a name into its known attributes, whatever their order in the certificate, and writes these in an order
of its own, which is why the order of the certificate is of no use here. Attributes it does not know are left out, and
so are all but the last common name and serial number.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

_ATTRIBUTES = (
    (NameOID.SERIAL_NUMBER, "SERIALNUMBER"),
    (NameOID.COMMON_NAME, "CN"),
    (NameOID.POSTAL_CODE, "POSTALCODE"),
    (NameOID.STREET_ADDRESS, "STREET"),
    (NameOID.STATE_OR_PROVINCE_NAME, "ST"),
    (NameOID.LOCALITY_NAME, "L"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    (NameOID.ORGANIZATION_NAME, "O"),
    (NameOID.COUNTRY_NAME, "C"),
)
_SINGLE = (NameOID.COMMON_NAME, NameOID.SERIAL_NUMBER)
_ESCAPED = frozenset(',+"\\<>;')


def distinguished_name(name: x509.Name) -> str:
    """Return a name in the form of RFC 2253, values of the same attribute joined by "+"."""
    parts = []
    for oid, label in _ATTRIBUTES:
        values = [str(attribute.value) for attribute in name.get_attributes_for_oid(oid)]
        if oid in _SINGLE:
            values = [value for value in values[-1:] if value]
        if values:
            parts.append("+".join(f"{label}={_escape(value)}" for value in values))
    return ",".join(parts)


def _escape(value: str) -> str:
    escaped = ["\\" + each if each in _ESCAPED else each for each in value]
    if value.startswith((" ", "#")):
        escaped[0] = "\\" + value[0]
    if value.endswith(" "):
        escaped[-1] = "\\ "
    return "".join(escaped)
