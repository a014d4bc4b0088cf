"""Private keys and how they sign: ECDSA on P-256 and P-384, and Ed25519."""

import hashlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from tradelane.gateway.errors import IdentityError
from tradelane.gateway.secret import Secret

SigningKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
"""What signs; also a key in a token (`pkcs11.TokenKey`), which is an elliptic curve key like any other."""

ORDERS: Final = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
"""The curves an ECDSA key may be on, and the order of each group (FIPS 186-5)."""


class Hash(StrEnum):
    """What is hashed before the signature.

    Fabric 3.1 verifies ECDSA over SHA-256 whatever the curve, and over SHA3-256 where the organisation's MSP names the
    hash family SHA3. Ed25519 signs the whole message (and asks for the channel capability V3_0). The SHA-384 ones
    are for MSPs of other implementations.
    """

    NONE = "NONE"
    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA3_256 = "SHA3_256"
    SHA3_384 = "SHA3_384"

    def digest(self, message: bytes) -> bytes:
        """Return what goes into the signature: the message's digest, or with NONE the message itself."""
        return message if self is Hash.NONE else hashlib.new(self.value.lower(), message).digest()


_ALGORITHMS: Final[dict[Hash, hashes.HashAlgorithm]] = {
    Hash.SHA256: hashes.SHA256(),
    Hash.SHA384: hashes.SHA384(),
    Hash.SHA3_256: hashes.SHA3_256(),
    Hash.SHA3_384: hashes.SHA3_384(),
}


def load_private_key(pem: bytes, passphrase: Secret | None = None) -> SigningKey:
    """Read a private key, PKCS#8 or SEC 1.

    Args:
        pem: The PEM text.
        passphrase: Asked only when the key is encrypted.

    Raises:
        IdentityError: KEY_MALFORMED, KEY_ENCRYPTED (no passphrase given), PASSPHRASE_WRONG, KEY_UNSUPPORTED.
    """
    # Causes are dropped on purpose: no text that touches a private key may reach a log.
    try:
        return supported(serialization.load_pem_private_key(pem, password=None))
    except TypeError:
        pass  # encrypted
    except (ValueError, UnsupportedAlgorithm):
        raise IdentityError("The key file holds no PEM private key.", code="KEY_MALFORMED") from None
    if passphrase is None:
        raise IdentityError("The private key is encrypted; give its passphrase.", code="KEY_ENCRYPTED")
    try:
        key = serialization.load_pem_private_key(pem, password=passphrase().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise IdentityError("The passphrase does not open the private key.", code="PASSPHRASE_WRONG") from None
    return supported(key)


def supported(key: PrivateKeyTypes | None) -> SigningKey:
    """Return a key that Fabric accepts signatures of.

    Raises:
        IdentityError: KEY_UNSUPPORTED.
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in ORDERS:
        return key
    raise IdentityError(
        "The private key is none of those accepted here: ECDSA on P-256 or P-384, and Ed25519.", code="KEY_UNSUPPORTED"
    )


def signer(key: SigningKey, hash_: Hash | None = None) -> Callable[[bytes], bytes]:
    """Return the function from a message to its signature.

    ECDSA signatures are DER with low S: Fabric refuses the high twin, so that nobody can make a second valid
    signature of a message.

    Args:
        key: The private key.
        hash_: What is hashed; by default SHA256 for ECDSA and NONE for Ed25519.

    Raises:
        IdentityError: HASH_UNSUPPORTED: Ed25519 with a hash, or ECDSA without one.
    """
    if isinstance(key, ed25519.Ed25519PrivateKey):
        if hash_ not in {None, Hash.NONE}:
            raise IdentityError("Ed25519 signs the whole message: use the hash NONE.", code="HASH_UNSUPPORTED")
        return key.sign
    if hash_ is Hash.NONE:
        raise IdentityError("ECDSA signs a digest: use a hash, SHA256 for Fabric.", code="HASH_UNSUPPORTED")
    return _ecdsa_signer(key, ec.ECDSA(_ALGORITHMS[hash_ or Hash.SHA256]))


def _ecdsa_signer(key: ec.EllipticCurvePrivateKey, algorithm: ec.ECDSA) -> Callable[[bytes], bytes]:
    order = ORDERS[key.curve.name]

    def sign(message: bytes) -> bytes:
        return with_low_s(key.sign(message, algorithm), order)

    return sign


def with_low_s(signature: bytes, order: int) -> bytes:
    """Return a signature, or its twin when its S is high.

    Works on the bytes themselves, since every transaction takes three signatures.

    Args:
        signature: DER, by a key on one of the curves in ORDERS, where each length takes one byte: `30 length, 02 length
            R, 02 length S`.
        order: The order of the curve's group.
    """
    s_length_at = 5 + signature[3]
    s = int.from_bytes(signature[s_length_at + 1 :])
    if s <= order // 2:
        return signature
    low = (order - s).to_bytes((order - s).bit_length() // 8 + 1)  # the first bit is the sign, and must be 0
    content = signature[2:s_length_at] + bytes((len(low),)) + low
    return bytes((signature[0], len(content))) + content


def key_pem(key: SigningKey, passphrase: Secret | None = None) -> bytes:
    """Return a key as PKCS#8 PEM, encrypted when a passphrase is given."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        encryption = serialization.BestAvailableEncryption(passphrase().encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
