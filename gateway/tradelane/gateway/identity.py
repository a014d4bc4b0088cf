"""Who signs: an organisation's MSP id, a certificate and its private key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from tradelane.gateway.certificate import read_certificate, refuse_outside_validity
from tradelane.gateway.errors import IdentityError, OfflineError
from tradelane.gateway.keys import Hash, SigningKey, load_private_key, signer, supported
from tradelane.gateway.secret import Secret


@dataclass(frozen=True)
class Identity:
    """A signing identity. Build it with `load`, `of_key` or `load_pkcs12`, which check it."""

    msp_id: str
    certificate_pem: bytes
    sign: Callable[[bytes], bytes]
    """Message to signature: ECDSA in DER with low S over the message's hash, or Ed25519 over the whole message."""
    hash: Hash = Hash.SHA256
    """What `sign` hashes; whoever signs elsewhere has to hash the same."""

    @classmethod
    def load(
        cls,
        msp_id: str,
        certificate_pem: bytes,
        key_pem: bytes,
        *,
        passphrase: Secret | None = None,
        hash: Hash | None = None,  # noqa: A002 -- the name the official clients use
        now: datetime | None = None,
    ) -> "Identity":
        """Build an identity from PEM texts.

        Args:
            msp_id: The organisation's name on the channel.
            certificate_pem: The X.509 certificate its CA issued.
            key_pem: The private key, PKCS#8 or SEC 1: P-256, P-384 or Ed25519.
            passphrase: Asked for the passphrase when the key is encrypted.
            hash: See `of_key`.
            now: The moment the certificate must be valid at; by default the present.

        Raises:
            IdentityError: Unreadable, key and certificate do not fit, expired, not yet valid, or another kind of key.
        """
        read_certificate(certificate_pem)
        return cls.of_key(msp_id, certificate_pem, load_private_key(key_pem, passphrase), hash=hash, now=now)

    @classmethod
    def of_key(
        cls,
        msp_id: str,
        certificate_pem: bytes,
        key: SigningKey,
        *,
        hash: Hash | None = None,  # noqa: A002
        now: datetime | None = None,
    ) -> "Identity":
        """Build an identity from a private key at hand, be it in a token (`pkcs11.TokenKey`).

        Args:
            msp_id: The organisation's name on the channel.
            certificate_pem: The X.509 certificate its CA issued.
            key: The private key that belongs to it.
            hash: What is hashed before the signature; by default what Fabric expects of such a key.
            now: The moment the certificate must be valid at; by default the present.

        Raises:
            IdentityError: As `load`.
        """
        certificate = read_certificate(certificate_pem)
        if certificate.public_key() != supported(key).public_key():
            raise IdentityError(
                "The private key does not belong to the certificate; use the pair the CA issued together.",
                code="KEY_MISMATCH",
            )
        refuse_outside_validity(certificate, now or datetime.now(UTC))
        used = hash or _usual_hash(certificate.public_key())
        return cls(msp_id, certificate_pem, signer(key, used), used)

    @classmethod
    def load_pkcs12(
        cls,
        msp_id: str,
        content: bytes,
        passphrase: Secret | None = None,
        *,
        hash: Hash | None = None,  # noqa: A002
        now: datetime | None = None,
    ) -> "Identity":
        """Build an identity from a PKCS#12 file; certificates of CAs in it are left aside.

        Raises:
            IdentityError: PKCS12_UNREADABLE, or as `load`.
        """
        certificate_pem, key = read_pkcs12(content, passphrase)
        return cls.of_key(msp_id, certificate_pem, key, hash=hash, now=now)

    @classmethod
    def offline(cls, msp_id: str, certificate_pem: bytes) -> "Identity":
        """Build an identity whose private key is elsewhere: it names the creator of messages and signs none.

        Its `sign` raises OfflineError (SIGNATURE_NEEDED). Validity is not looked at: that is for whoever signs.

        Args:
            msp_id: The organisation's name on the channel.
            certificate_pem: The X.509 certificate its CA issued.

        Raises:
            IdentityError: The certificate is unreadable.
        """
        certificate = read_certificate(certificate_pem)
        return cls(msp_id, certificate_pem, _sign_elsewhere, _usual_hash(certificate.public_key()))


def read_pkcs12(content: bytes, passphrase: Secret | None = None) -> tuple[bytes, SigningKey]:
    """Return the certificate (PEM) and the private key of a PKCS#12 file; the passphrase is asked for if it takes one.

    Raises:
        IdentityError: PKCS12_UNREADABLE when it is no such file, the passphrase is wrong, or a part is missing;
            KEY_UNSUPPORTED.
    """
    found = _opened(content, None)
    if found is None and passphrase is not None:
        found = _opened(content, passphrase().encode())
    if found is None:
        raise IdentityError(
            "The PKCS#12 file cannot be opened: it is damaged, or the passphrase is wrong or missing.",
            code="PKCS12_UNREADABLE",
        )
    if found.cert is None or found.key is None:
        raise IdentityError("The PKCS#12 file holds no private key with its certificate.", code="PKCS12_UNREADABLE")
    return found.cert.certificate.public_bytes(Encoding.PEM), supported(found.key)


def _opened(content: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates | None:
    """Open the file, or return None: the library does not tell a wrong passphrase from a damaged file."""
    try:
        return pkcs12.load_pkcs12(content, password)
    except ValueError:
        return None


def _usual_hash(public_key: object) -> Hash:
    return Hash.NONE if isinstance(public_key, ed25519.Ed25519PublicKey) else Hash.SHA256


def _sign_elsewhere(_message: bytes) -> bytes:
    raise OfflineError(
        "This identity has no private key here: sign the message's digest where the key is and hand the signature in.",
        code="SIGNATURE_NEEDED",
    )
