"""The client against a real Fabric CA: enrol, renew, register, revoke, and each way it declines."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tradelane.gateway import authority as ca
from tradelane.gateway.authority import aio, client
from tradelane.gateway.certificate import attributes, read_certificate, units
from tradelane.gateway.errors import AuthorityDenied, AuthorityError, AuthorityRefused, AuthorityUnreachable
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import SigningKey
from tradelane.network import Network, authorities
from tradelane.network.authority import AuthorityName

pytestmark = pytest.mark.network

ORGANISATION, MSP = "shanghai", "ShanghaiMSP"
Run = Callable[[ca.Call[Any]], Any]


def url(network: Network, organisation: str = ORGANISATION) -> str:
    return f"https://127.0.0.1:{network.topology.ports(network.topology.organisation(organisation)).ca}"


def roots(network: Network, organisation: str = ORGANISATION) -> bytes:
    return network.paths.organisation(organisation).authority.tls_root.certificate.read_bytes()


@pytest.fixture(params=["sync", "asyncio"])
def run(request: pytest.FixtureRequest, network: Network) -> Iterator[Run]:
    """Asks Shanghai's enrolment CA, by either client."""
    if request.param == "sync":
        with client.connect(url(network), roots=roots(network), name="ca") as connected:
            yield connected.run
    else:
        with asyncio.Runner() as runner:
            there = aio.connect(url(network), roots=roots(network), name="ca")
            yield lambda call: runner.run(there.run(call))
            runner.run(there.close())


@pytest.fixture
def registrar(network: Network) -> Identity:
    organisation = network.topology.organisation(ORGANISATION)
    pair = authorities.registrar(network.paths, organisation, AuthorityName.ENROLMENT)
    return Identity.of_key(MSP, pair.pem, pair.key)


def fresh(name: str) -> str:
    return f"{name}-{secrets.token_hex(4)}"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def trader(name: str, max_enrolments: int = 1) -> ca.Registration:
    said = {"tradelane.party": "shbank", "tradelane.role": "signer"}
    return ca.Registration(name, attributes=said, max_enrolments=max_enrolments)


def enrolled(run: Run, registrar: Identity, name: str, key: SigningKey | None = None) -> Identity:
    secret, key = run(ca.register(registrar, trader(name))), key or new_key()
    return Identity.of_key(MSP, run(ca.enrol(name, lambda: secret, key=key)).certificate_pem, key)


def declined(call: Callable[[], object], kind: type[AuthorityError], code: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert raised.value.code == code


def test_a_ca_shows_its_name_and_roots(run: Run, network: Network) -> None:
    shown = run(ca.info())
    assert (shown.name, bool(shown.version)) == ("ca", True)
    root = network.paths.organisation(ORGANISATION).authority.enrolment_root.certificate
    assert shown.chain_pem.strip() == root.read_bytes().strip()


def test_whoever_is_registered_enrols_and_renews(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    identity = enrolled(run, registrar, name)
    certificate = read_certificate(identity.certificate_pem)
    assert units(certificate) == ("client",)
    said = attributes(certificate)
    assert (said["tradelane.party"], said["tradelane.role"], said["hf.EnrollmentID"]) == ("shbank", "signer", name)
    key = new_key()
    renewed = read_certificate(run(ca.renew(identity, key=key)).certificate_pem)
    assert renewed.public_key() == key.public_key()
    assert renewed.subject == certificate.subject
    assert attributes(renewed)["tradelane.party"] == "shbank"
    assert renewed.serial_number != certificate.serial_number


def test_the_ca_lists_whom_it_knows(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    run(ca.register(registrar, trader(name, max_enrolments=3)))
    found = next(each for each in run(ca.identities(registrar)) if each.name == name)
    assert (found.type, found.affiliation, found.max_enrolments) == ("client", "", 3)
    assert found.attributes["tradelane.party"] == "shbank"


def test_an_identity_revoked_neither_renews_nor_enrols(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    secret, key = run(ca.register(registrar, trader(name, max_enrolments=5))), new_key()
    identity = Identity.of_key(MSP, run(ca.enrol(name, lambda: secret, key=key)).certificate_pem, key)
    serial = read_certificate(identity.certificate_pem).serial_number
    done = run(ca.revoke(registrar, name, reason=ca.Reason.CESSATION_OF_OPERATION))
    assert [int(each, 16) for each in done.serials] == [serial]
    for listed in (done.crl_pem, run(ca.revocation_list(registrar))):
        entry = x509.load_pem_x509_crl(listed).get_revoked_certificate_by_serial_number(serial)
        assert entry is not None
    declined(lambda: run(ca.renew(identity, key=new_key())), AuthorityDenied, "CERTIFICATE_DENIED")
    declined(lambda: run(ca.enrol(name, lambda: secret, key=new_key())), AuthorityDenied, "ENROLMENT_DENIED")


def test_one_certificate_is_revoked_and_the_identity_goes_on(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    identity = enrolled(run, registrar, name)
    key = new_key()
    renewed = Identity.of_key(MSP, run(ca.renew(identity, key=key)).certificate_pem, key)
    old = read_certificate(identity.certificate_pem)
    assert len(run(ca.revoke(registrar, certificate=old)).serials) == 1
    declined(lambda: run(ca.revoke(registrar, certificate=old)), AuthorityRefused, "ALREADY_REVOKED")
    declined(lambda: run(ca.renew(identity, key=new_key())), AuthorityDenied, "CERTIFICATE_DENIED")
    run(ca.renew(renewed, key=new_key()))


def test_what_a_ca_declines_is_explained(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    secret = run(ca.register(registrar, trader(name)))
    declined(lambda: run(ca.register(registrar, trader(name))), AuthorityRefused, "ALREADY_REGISTERED")
    declined(lambda: run(ca.enrol(name, lambda: "wrong", key=new_key())), AuthorityDenied, "ENROLMENT_DENIED")
    declined(lambda: run(ca.enrol(fresh("x"), lambda: secret, key=new_key())), AuthorityDenied, "ENROLMENT_DENIED")
    key = new_key()
    user = Identity.of_key(MSP, run(ca.enrol(name, lambda: secret, key=key)).certificate_pem, key)
    declined(lambda: run(ca.enrol(name, lambda: secret, key=new_key())), AuthorityDenied, "ENROLMENT_DENIED")
    declined(lambda: run(ca.register(user, trader(fresh("x")))), AuthorityDenied, "NOT_AUTHORISED")
    declined(lambda: run(ca.revoke(user, "registrar")), AuthorityDenied, "NOT_AUTHORISED")
    declined(lambda: run(ca.identities(user)), AuthorityDenied, "NOT_AUTHORISED")
    declined(lambda: run(ca.revoke(registrar, fresh("nobody"))), AuthorityRefused, "IDENTITY_UNKNOWN")
    powerful = ca.Registration(fresh("x"), rights={"hf.Registrar.Roles": "client"})
    declined(lambda: run(ca.register(registrar, powerful)), AuthorityDenied, "NOT_AUTHORISED")


def test_a_secret_guessed_too_often_is_locked(run: Run, registrar: Identity) -> None:
    name = fresh("trader")
    secret = run(ca.register(registrar, trader(name)))
    for _ in range(10):
        declined(lambda: run(ca.enrol(name, lambda: "wrong", key=new_key())), AuthorityDenied, "ENROLMENT_DENIED")
    declined(lambda: run(ca.enrol(name, lambda: secret, key=new_key())), AuthorityDenied, "SECRET_LOCKED")


def test_another_organisations_ca_does_not_know_us(network: Network, registrar: Identity) -> None:
    with client.connect(url(network, "hongkong"), roots=roots(network, "hongkong"), name="ca") as hongkong:
        declined(lambda: hongkong.run(ca.identities(registrar)), AuthorityDenied, "CERTIFICATE_DENIED")
    with client.connect(url(network, "hongkong"), roots=roots(network), name="ca") as untrusted:
        declined(lambda: untrusted.run(ca.info()), AuthorityUnreachable, "AUTHORITY_UNTRUSTED")
    with client.connect(url(network), roots=roots(network), name="nobody") as nobody:
        declined(lambda: nobody.run(ca.info()), AuthorityRefused, "AUTHORITY_UNKNOWN")
