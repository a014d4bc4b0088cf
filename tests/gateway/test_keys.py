"""How private keys sign, each over what Fabric expects of its kind."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.conftest import MSP
from tests.support.pki import Authority
from tradelane.gateway.errors import IdentityError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import ORDERS, Hash, signer, with_low_s

CURVES = [ec.SECP256R1(), ec.SECP384R1()]
KEYS = [ec.generate_private_key(curve) for curve in CURVES]
ALGORITHMS: dict[Hash, hashes.HashAlgorithm] = {
    Hash.SHA256: hashes.SHA256(),
    Hash.SHA384: hashes.SHA384(),
    Hash.SHA3_256: hashes.SHA3_256(),
    Hash.SHA3_384: hashes.SHA3_384(),
}


@pytest.mark.parametrize("hash_", [None, *ALGORITHMS])
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.curve.name)
@given(message=st.binary(max_size=200))
def test_ecdsa_signatures_verify_and_have_low_s(
    key: ec.EllipticCurvePrivateKey, hash_: Hash | None, message: bytes
) -> None:
    signature = signer(key, hash_)(message)
    key.public_key().verify(signature, message, ec.ECDSA(ALGORITHMS[hash_ or Hash.SHA256]))
    assert decode_dss_signature(signature)[1] <= ORDERS[key.curve.name] // 2


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@given(data=st.data())
def test_a_high_s_is_replaced_by_its_twin(order: int, data: st.DataObject) -> None:
    # Lengths in DER depend on the size of the numbers and on their first bit, so small ones are drawn as well.
    number = st.integers(1, order - 1) | st.integers(0, order.bit_length() - 1).map(lambda bit: 1 << bit)
    r, s = data.draw(number), data.draw(number | number.map(lambda low: order - low))
    found = with_low_s(encode_dss_signature(r, s), order)
    assert found == encode_dss_signature(r, min(s, order - s))


def test_the_orders_are_those_of_the_curves() -> None:
    for key in KEYS:  # the order's multiple of the base point is the point at infinity, which is no key
        order = ORDERS[key.curve.name]
        ec.derive_private_key(order - 1, key.curve)
        with pytest.raises(ValueError, match="out of range"):
            ec.derive_private_key(order, key.curve)


def test_ed25519_signs_the_whole_message() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    for hash_ in (None, Hash.NONE):
        key.public_key().verify(signer(key, hash_)(b"message"), b"message")


@pytest.mark.parametrize("hash_", ALGORITHMS)
def test_ed25519_takes_no_hash(hash_: Hash) -> None:
    with pytest.raises(IdentityError, match="whole message") as raised:
        signer(ed25519.Ed25519PrivateKey.generate(), hash_)
    assert raised.value.code == "HASH_UNSUPPORTED"


def test_ecdsa_takes_no_message_unhashed() -> None:
    with pytest.raises(IdentityError, match="digest") as raised:
        signer(KEYS[0], Hash.NONE)
    assert raised.value.code == "HASH_UNSUPPORTED"


def test_a_digest_is_what_whoever_signs_elsewhere_has_to_sign() -> None:
    assert Hash.NONE.digest(b"message") == b"message"
    assert Hash.SHA256.digest(b"message") == hashlib.sha256(b"message").digest()
    assert Hash.SHA3_384.digest(b"message") == hashlib.sha3_384(b"message").digest()


def test_an_identity_tells_what_it_hashes(authority: Authority) -> None:
    ecdsa = authority.issue("user", key=KEYS[1])
    edwards = authority.issue("user", key=ed25519.Ed25519PrivateKey.generate())
    for pair, expected in ((ecdsa, Hash.SHA256), (edwards, Hash.NONE)):
        assert Identity.load(MSP, pair.certificate_pem, pair.key_pem).hash is expected
        assert Identity.offline(MSP, pair.certificate_pem).hash is expected
    assert Identity.load(MSP, ecdsa.certificate_pem, ecdsa.key_pem, hash=Hash.SHA3_256).hash is Hash.SHA3_256
