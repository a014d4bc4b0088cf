"""Transactions on the real network by every kind of key a peer accepts, and the words for those it does not."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tests.scenario.test_authority import MSP, ORGANISATION, fresh, roots, url
from tests.support.identifiers import fresh_lei
from tests.support.pki import Authority
from tests.support.softhsm import SoftHsm
from tests.support.told import Told
from tradelane.gateway import authority as ca
from tradelane.gateway import parties, transport
from tradelane.gateway.authority import client
from tradelane.gateway.client import connect_to
from tradelane.gateway.errors import AccessDenied
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import Hash, SigningKey
from tradelane.gateway.profile import load_profile
from tradelane.gateway.token_session import module_of
from tradelane.network import Network, authorities
from tradelane.network.authority import AuthorityName
from tradelane.network.certificates import read_pair

pytestmark = pytest.mark.network

Admit = Callable[[Identity], Any]


@pytest.fixture(scope="module")
def admit(told: Told) -> Iterator[Admit]:
    """Has a new party admitted, endorsed by both organisations and committed, by an administrator of Shanghai's."""
    profile = load_profile(told.network.paths.profile(ORGANISATION).root, "admin")
    peer = profile.network.peers[0].endpoint
    with grpc.secure_channel(peer, transport.credentials(profile.tls), options=transport.options(profile)) as channel:

        def by(identity: Identity) -> Any:
            gateway = connect_to(channel, identity, channel=profile.network.channel, chaincode="tradelane")
            party_id = f"party-{secrets.token_hex(4)}"
            return gateway.run(parties.admit(party_id, lei=fresh_lei(), name="Somebody", roles=["TRADER"]))

        yield by


@pytest.fixture(scope="module")
def enrol(network: Network) -> Iterator[Callable[[SigningKey], Identity]]:
    """Has a key certified by Shanghai's CA, as an administrator's."""
    pair = authorities.registrar(network.paths, network.topology.organisation(ORGANISATION), AuthorityName.ENROLMENT)
    registrar = Identity.of_key(MSP, pair.pem, pair.key)
    with client.connect(url(network), roots=roots(network), name="ca") as connected:

        def by(key: SigningKey) -> Identity:
            name = fresh("admin")
            secret = connected.run(ca.register(registrar, ca.Registration(name, type="admin")))
            return Identity.of_key(MSP, connected.run(ca.enrol(name, lambda: secret, key=key)).certificate_pem, key)

        yield by


def certified(network: Network, key: SigningKey, organisation: str = ORGANISATION) -> bytes:
    """Return an administrator's certificate made with the CA's own root, for keys that Fabric CA itself refuses."""
    root = read_pair(network.paths.organisation(organisation).authority.enrolment_root)
    units = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "admin")
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([units, x509.NameAttribute(NameOID.COMMON_NAME, fresh("admin"))]))
        .issuer_name(root.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
        .sign(root.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
def test_a_key_on_either_curve_submits(enrol: Callable[[SigningKey], Identity], admit: Admit, curve: Any) -> None:
    identity = enrol(ec.generate_private_key(curve))
    assert identity.hash is Hash.SHA256
    assert admit(identity).block_number > 0


def test_an_ed25519_key_submits(enrol: Callable[[SigningKey], Identity], admit: Admit) -> None:
    """It takes the channel's capability V3_0, which ours has; Fabric CA certifies such a key."""
    identity = enrol(ed25519.Ed25519PrivateKey.generate())
    assert identity.hash is Hash.NONE
    assert admit(identity).block_number > 0


@pytest.mark.parametrize("hash_", [Hash.SHA384, Hash.SHA3_256, Hash.SHA3_384])
def test_a_peer_of_the_usual_msp_verifies_no_other_hash(network: Network, admit: Admit, hash_: Hash) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(AccessDenied) as raised:
        admit(Identity.of_key(MSP, certified(network, key), key, hash=hash_))
    assert raised.value.code == "ACCESS_DENIED"


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
def test_a_key_that_never_leaves_its_token_submits(
    softhsm: SoftHsm, enrol: Callable[[SigningKey], Identity], admit: Admit, curve: Any
) -> None:
    pin = secrets.token_hex(4)
    token = softhsm.token(pin)
    module_of(softhsm.module).restart()
    key = TokenKey.generate(softhsm.module, token, pin=lambda: pin, label="admin", curve=curve)
    assert admit(enrol(key)).block_number > 0


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(AccessDenied, match="does not accept") as raised:
        call()
    return raised.value.code


def test_an_identity_that_is_not_the_organisations_is_refused(network: Network, admit: Admit) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    stranger = Authority("ca.shanghai.tradelane.example").issue("admin", key=key).certificate_pem
    foreign, own = certified(network, key, "hongkong"), certified(network, key)
    for msp_id, certificate in ((MSP, stranger), (MSP, foreign), ("HongKongMSP", own)):
        identity = Identity.of_key(msp_id, certificate, key)
        assert refused(partial(admit, identity)) == "ACCESS_DENIED"
