"""Private keys in PKCS#11 tokens: hardware security modules, smart cards, SoftHSM. They sign there and never leave.

    pin = secret.from_environment("BANK_PIN")
    key = TokenKey.open("/usr/lib/softhsm/libsofthsm2.so", "bank", pin=pin, label="signer")
    identity = Identity.of_key("ShanghaiMSP", certificate_pem, key)

Needs python-pkcs11, the extra `pkcs11`. A signature takes as long as the token needs; the asyncio client waits for it.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import pkcs11
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.utils import Buffer
from pkcs11.util.ec import encode_named_curve_parameters

from tradelane.gateway.errors import IdentityError
from tradelane.gateway.secret import Secret
from tradelane.gateway.token_session import TokenSession, module_of

_CURVES: Final[dict[bytes, ec.EllipticCurve]] = {
    encode_named_curve_parameters("1.2.840.10045.3.1.7"): ec.SECP256R1(),
    encode_named_curve_parameters("1.3.132.0.34"): ec.SECP384R1(),
}
"""How tokens name the curves: DER of the object identifier."""


class TokenKey(ec.EllipticCurvePrivateKey):
    """An ECDSA key in a token, usable wherever an elliptic curve key is. Build it with `open` or `generate`.

    Threads may share it. A session the token has closed, or a token taken out and put back, is opened again; a refused
    PIN is not tried a second time, so that the token does not lock itself.
    """

    def __init__(self, token: TokenSession, label: str | None, key_id: bytes | None) -> None:
        if label is None and key_id is None:
            raise IdentityError("Say which key of the token: its label, its id or both.", code="KEY_UNNAMED")
        self._token, self._label, self._key_id = token, label, key_id
        self._found: tuple[pkcs11.Session, Any] | None = None
        self._public = token.perform(self._public_key)

    @classmethod
    def open(
        cls, module: str | Path, token: str, *, pin: Secret, label: str | None = None, key_id: bytes | None = None
    ) -> "TokenKey":
        """Find a key in a token.

        Args:
            module: The PKCS#11 library of the token's maker.
            token: The token's label.
            pin: Asked for the user's PIN whenever a session is opened.
            label: The key's label.
            key_id: The key's id; give label, id or both.

        Raises:
            IdentityError: MODULE_UNUSABLE, TOKEN_ABSENT, PIN_REFUSED, PIN_LOCKED, KEY_UNNAMED, KEY_ABSENT,
                KEY_AMBIGUOUS, KEY_UNSUPPORTED, TOKEN_FAILED.
        """
        return cls(TokenSession(module_of(Path(module)), token, pin), label, key_id)

    @classmethod
    def generate(
        cls, module: str | Path, token: str, *, pin: Secret, label: str, curve: ec.EllipticCurve | None = None
    ) -> "TokenKey":
        """Make a key in a token that cannot be taken out of it, on P-256 unless told otherwise.

        Raises:
            IdentityError: KEY_EXISTS, KEY_UNSUPPORTED (the curve), or as `open`.
        """
        place = TokenSession(module_of(Path(module)), token, pin)
        parameters = _parameters(curve or ec.SECP256R1())
        key_id = secrets.token_bytes(16)
        place.perform(lambda session: _generate(session, parameters, label, key_id))
        return cls(place, label, key_id)

    @property
    def curve(self) -> ec.EllipticCurve:
        """The key's curve."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits of the curve's order."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the public key."""
        return self._public

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Hash here, sign in the token; return the signature in DER.

        Raises:
            IdentityError: TOKEN_ABSENT, PIN_REFUSED, KEY_ABSENT or TOKEN_FAILED.
        """
        digest = _digest(bytes(data), signature_algorithm.algorithm)
        length = (self.key_size + 7) // 8
        raw = self._token.perform(lambda session: self._key(session).sign(digest[:length], mechanism=_ECDSA))
        r, s = raw[: len(raw) // 2], raw[len(raw) // 2 :]
        return utils.encode_dss_signature(int.from_bytes(r), int.from_bytes(s))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:  # noqa: ARG002
        """Refuse: the key is for signatures."""
        _stays()

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        """Refuse: the key stays in the token."""
        _stays()

    def private_bytes(
        self,
        encoding: serialization.Encoding,  # noqa: ARG002
        format: serialization.PrivateFormat,  # noqa: A002, ARG002
        encryption_algorithm: serialization.KeySerializationEncryption,  # noqa: ARG002
    ) -> bytes:
        """Refuse: the key stays in the token."""
        _stays()

    def __copy__(self) -> "TokenKey":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "TokenKey":
        return self

    def __repr__(self) -> str:
        return f"TokenKey(token={self._token.label!r}, {self._named()})"

    def _named(self) -> str:
        parts = [f"label {self._label!r}"] if self._label is not None else []
        return " and ".join([*parts, f"id {self._key_id.hex()}"] if self._key_id is not None else parts)

    def _key(self, session: pkcs11.Session) -> Any:  # noqa: ANN401 -- a PrivateKey that can sign
        if self._found is None or self._found[0] is not session:
            self._found = session, self._object(session, pkcs11.ObjectClass.PRIVATE_KEY)
        return self._found[1]

    def _public_key(self, session: pkcs11.Session) -> ec.EllipticCurvePublicKey:
        self._key(session)
        found = self._object(session, pkcs11.ObjectClass.PUBLIC_KEY)
        curve = _CURVES.get(found[pkcs11.Attribute.EC_PARAMS])
        if curve is None:
            raise IdentityError(
                f"The token's key with {self._named()} is on neither of the curves accepted here, P-256 and P-384.",
                code="KEY_UNSUPPORTED",
            )
        point = found[pkcs11.Attribute.EC_POINT]
        # An OCTET STRING around an uncompressed point, both lengths below 128.
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, point[2:])

    def _object(self, session: pkcs11.Session, kind: pkcs11.ObjectClass) -> Any:  # noqa: ANN401
        attribute = pkcs11.Attribute
        sought: dict[pkcs11.Attribute, Any] = {attribute.CLASS: kind, attribute.KEY_TYPE: pkcs11.KeyType.EC}
        if self._label is not None:
            sought[attribute.LABEL] = self._label
        if self._key_id is not None:
            sought[attribute.ID] = self._key_id
        found = list(session.get_objects(sought))  # to its end: a search left open disturbs the session's later work
        if not found:
            name = kind.name.lower().replace("_", " ")
            raise IdentityError(
                f"The token {self._token.label!r} has no {name} with {self._named()}.", code="KEY_ABSENT"
            )
        if len(found) > 1:
            raise IdentityError(
                f"The token {self._token.label!r} has several keys with {self._named()}; say which by its id.",
                code="KEY_AMBIGUOUS",
            )
        return found[0]


_ECDSA: Final = pkcs11.Mechanism.ECDSA


def _parameters(curve: ec.EllipticCurve) -> bytes:
    for parameters, known in _CURVES.items():
        if known.name == curve.name:
            return parameters
    raise IdentityError(
        f"A key on {curve.name} is not made: the curves accepted here are P-256 and P-384.", code="KEY_UNSUPPORTED"
    )


def _generate(session: pkcs11.Session, parameters: bytes, label: str, key_id: bytes) -> None:
    if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
        raise IdentityError(
            f"The token holds something with the label {label!r} already; choose another.", code="KEY_EXISTS"
        )
    attribute = pkcs11.Attribute
    with _writable(session) as writing:
        domain = writing.create_domain_parameters(pkcs11.KeyType.EC, {attribute.EC_PARAMS: parameters}, local=True)
        domain.generate_keypair(
            label=label,
            id=key_id,
            store=True,
            private_template={attribute.SENSITIVE: True, attribute.EXTRACTABLE: False, attribute.PRIVATE: True},
        )


@contextlib.contextmanager
def _writable(session: pkcs11.Session) -> Iterator[pkcs11.Session]:
    """Open a second session, which shares the first one's login."""
    with session.token.open(rw=True) as writing:
        yield writing


def _digest(data: bytes, algorithm: hashes.HashAlgorithm | utils.Prehashed) -> bytes:
    if isinstance(algorithm, utils.Prehashed):
        return data
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _stays() -> NoReturn:
    raise IdentityError("The private key stays in the token; it only signs.", code="KEY_STAYS_IN_TOKEN")
