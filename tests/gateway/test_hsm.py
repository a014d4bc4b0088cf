"""Keys in a PKCS#11 token, SoftHSM's: they sign as others do, and each way a token can be unusable is explained."""

import concurrent.futures
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from pkcs11 import Attribute
from pkcs11.util.ec import encode_named_curve_parameters

from tests.gateway.conftest import MSP
from tests.support.pki import Authority
from tests.support.softhsm import SoftHsm
from tradelane.gateway.errors import GatewayError, IdentityError
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import ORDERS, Hash, signer
from tradelane.gateway.token_session import module_of

PIN = "73019284"


class Pin:
    """Counts how often it is asked for."""

    def __init__(self, pin: str = PIN) -> None:
        self.pin, self.asked = pin, 0

    def __call__(self) -> str:
        self.asked += 1
        return self.pin


@pytest.fixture
def token(softhsm: SoftHsm) -> str:
    label = softhsm.token(PIN)
    module_of(softhsm.module).restart()  # SoftHSM sees a new token only after a restart
    return label


@pytest.fixture
def key(softhsm: SoftHsm, token: str) -> TokenKey:
    return TokenKey.generate(softhsm.module, token, pin=Pin(), label="signer")


def code(call: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as raised:
        call()
    assert PIN not in raised.value.diagnostics()
    return raised.value.code


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
@pytest.mark.parametrize("hash_", [Hash.SHA256, Hash.SHA384])
def test_a_key_in_a_token_signs_with_low_s(softhsm: SoftHsm, token: str, curve: ec.EllipticCurve, hash_: Hash) -> None:
    key = TokenKey.generate(softhsm.module, token, pin=Pin(), label="signer", curve=curve)
    sign = signer(key, hash_)
    algorithm = hashes.SHA256() if hash_ is Hash.SHA256 else hashes.SHA384()
    assert (key.curve.name, key.key_size) == (curve.name, curve.key_size)
    for number in range(16):
        message = str(number).encode()
        signature = sign(message)
        key.public_key().verify(signature, message, ec.ECDSA(algorithm))
        assert decode_dss_signature(signature)[1] <= ORDERS[curve.name] // 2


def test_a_key_is_found_by_label_or_id(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    held = module_of(softhsm.module).sessions[token].get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="signer")
    for found in (
        TokenKey.open(softhsm.module, token, pin=Pin(), label="signer"),
        TokenKey.open(softhsm.module, token, pin=Pin(), key_id=held[Attribute.ID]),
    ):
        assert found.public_key() == key.public_key()


def test_the_key_cannot_leave_the_token(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    held = module_of(softhsm.module).sessions[token].get_key(pkcs11.ObjectClass.PRIVATE_KEY, label="signer")
    assert held[Attribute.SENSITIVE]
    assert not held[Attribute.EXTRACTABLE]
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    assert code(lambda: key.private_bytes(pem, pkcs8, plain)) == "KEY_STAYS_IN_TOKEN"
    assert code(key.private_numbers) == "KEY_STAYS_IN_TOKEN"
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert code(lambda: key.exchange(ec.ECDH(), other)) == "KEY_STAYS_IN_TOKEN"


def test_an_identity_signs_in_the_token(authority: Authority, key: TokenKey) -> None:
    certificate = authority.issue("trader", key=key).certificate_pem
    identity = Identity.of_key(MSP, certificate, key)
    key.public_key().verify(identity.sign(b"message"), b"message", ec.ECDSA(hashes.SHA256()))
    assert PIN not in repr(key) + repr(identity)
    other = authority.issue("other").certificate_pem
    assert code(lambda: Identity.of_key(MSP, other, key)) == "KEY_MISMATCH"


def test_a_signing_request_is_signed_in_the_token(key: TokenKey) -> None:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "trader")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()


def test_a_digest_made_elsewhere_is_signed_as_it_is(key: TokenKey) -> None:
    digest = Hash.SHA256.digest(b"message")
    signature = key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
    key.public_key().verify(signature, b"message", ec.ECDSA(hashes.SHA256()))


def test_threads_share_keys_of_one_token(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    other = TokenKey.generate(softhsm.module, token, pin=Pin(), label="other")

    def check(number: int) -> None:
        used, message = (key, other)[number % 2], str(number).encode()
        used.public_key().verify(used.sign(message, ec.ECDSA(hashes.SHA256())), message, ec.ECDSA(hashes.SHA256()))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(check, range(200)))


def test_a_session_the_token_closed_is_opened_again(softhsm: SoftHsm, token: str) -> None:
    pin = Pin()
    key = TokenKey.generate(softhsm.module, token, pin=pin, label="signer")
    module_of(softhsm.module).sessions[token].close()
    signer(key)(b"message")
    module_of(softhsm.module).library.reinitialize()
    signer(key)(b"message")
    assert pin.asked == 3


@contextmanager
def unplugged(directory: Path) -> Iterator[None]:
    away = directory.with_name("unplugged")
    directory.rename(away)
    try:
        yield
    finally:
        away.rename(directory)


def test_a_token_taken_out_is_named_and_used_again_once_it_is_back(softhsm: SoftHsm, key: TokenKey) -> None:
    with unplugged(softhsm.directory):
        assert code(lambda: signer(key)(b"message")) == "TOKEN_ABSENT"
    key.public_key().verify(signer(key)(b"message"), b"message", ec.ECDSA(hashes.SHA256()))


def test_a_wrong_pin_is_tried_once(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    wrong = Pin("00000000")
    found = TokenKey.open(softhsm.module, token, pin=wrong, label="signer")  # the process is logged in already
    module_of(softhsm.module).restart()
    for _ in range(3):
        assert code(lambda: signer(found)(b"message")) == "PIN_REFUSED"
    assert wrong.asked == 1
    assert code(lambda: TokenKey.open(softhsm.module, token, pin=Pin("00000001"), label="signer")) == "PIN_REFUSED"
    signer(key)(b"message")  # who has the right PIN is not kept out


def test_what_a_token_lacks_is_named(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    def refused(label: str | None = "signer", where: str = token, module: Path = softhsm.module) -> str:
        return code(lambda: TokenKey.open(module, where, pin=Pin(), label=label))

    assert refused("nobody") == "KEY_ABSENT"
    assert refused(where="nowhere") == "TOKEN_ABSENT"
    assert refused(module=Path("/nonexistent/module.so")) == "MODULE_UNUSABLE"
    assert refused(None) == "KEY_UNNAMED"
    assert code(lambda: TokenKey.generate(softhsm.module, token, pin=Pin(), label="signer")) == "KEY_EXISTS"
    odd = ec.SECP521R1()
    assert code(lambda: TokenKey.generate(softhsm.module, token, pin=Pin(), label="x", curve=odd)) == "KEY_UNSUPPORTED"


def test_a_key_of_another_curve_and_two_of_one_name_are_refused(softhsm: SoftHsm, token: str, key: TokenKey) -> None:
    session = module_of(softhsm.module).sessions[token]
    with session.token.open(rw=True) as writing:
        parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters("1.3.132.0.35")}
        domain = writing.create_domain_parameters(pkcs11.KeyType.EC, parameters, local=True)
        domain.generate_keypair(label="large", store=True)
        assert code(lambda: TokenKey.open(softhsm.module, token, pin=Pin(), label="large")) == "KEY_UNSUPPORTED"
        domain.generate_keypair(label="large", store=True)
    assert code(lambda: TokenKey.open(softhsm.module, token, pin=Pin(), label="large")) == "KEY_AMBIGUOUS"


def test_a_pin_that_cannot_be_had_is_the_callers_to_explain(softhsm: SoftHsm, token: str) -> None:
    def pin() -> str:
        raise IdentityError("No PIN today.", code="NO_PIN")

    assert code(lambda: TokenKey.open(softhsm.module, token, pin=pin, label="signer")) == "NO_PIN"
