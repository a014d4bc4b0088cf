"""The caller's certificate."""

from base64 import b64decode
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from fabric_protos.msp import identities_pb2

from tests.support.identities import admin_identity, identity_saying, make_identity, party_identity
from tradelane.chaincode.shim.errors import AttributeRefused, NoCertificate, NotConfigured
from tradelane.chaincode.shim.identity import PEER_MSP_VARIABLE, ClientIdentity, peer_msp_id
from tradelane.chaincode.shim.names import distinguished_name

IDEMIX = identities_pb2.SerializedIdemixIdentity(nym_x=b"x", nym_y=b"y", ou=b"ou", role=b"role", proof=b"proof")
ASKED: dict[str, Callable[[ClientIdentity], object]] = {
    "id": lambda caller: caller.id,
    "certificate": lambda caller: caller.certificate,
    "attributes": lambda caller: caller.attributes,
    "attribute": lambda caller: caller.attribute("role"),
    "assertion": lambda caller: caller.assert_attribute("role", "admin"),
    "units": lambda caller: caller.organizational_units,
}


@pytest.mark.parametrize("shown", [b"", b"\xff", IDEMIX.SerializeToString(), b"-----BEGIN CERTIFICATE-----"])
@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_caller_without_a_certificate_has_an_organisation_alone(
    shown: bytes, ask: Callable[[ClientIdentity], object]
) -> None:
    caller = ClientIdentity("IdemixMSP", shown)
    with pytest.raises(NoCertificate):
        ask(caller)
    assert caller.msp_id == "IdemixMSP"


def test_attributes_and_units_come_from_the_certificate() -> None:
    identity = party_identity("HongKongMSP", "p1", "viewer")
    assert identity.attributes == {"tradelane.party": "p1", "tradelane.role": "viewer"}
    assert identity.organizational_units == ("client",)
    assert admin_identity("HongKongMSP").organizational_units == ("admin",)


def test_a_certificate_without_attributes_has_none() -> None:
    assert make_identity("HongKongMSP").attributes == {}


@pytest.mark.parametrize(
    "content", [b"\xff", b"{", b"[]", b"7", b"{}", b'{"attrs":null}', b'{"attrs":["a"]}', b'{"attrs":{"a":1}}']
)
def test_attributes_that_cannot_be_read_are_none(content: bytes) -> None:
    assert identity_saying(content).attributes == {}


def test_the_id_is_that_of_gos_shim() -> None:
    """The known attributes in Go's order, whatever the order in the certificate; the issuer after the subject."""
    identity = make_identity("HongKongMSP", "ann", units=("client", "sea"))
    name = "CN=ann,OU=client+OU=sea"
    assert b64decode(identity.id).decode() == f"x509::{name}::{name}"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([(NameOID.COUNTRY_NAME, "HK"), (NameOID.COMMON_NAME, "a"), (NameOID.ORGANIZATION_NAME, "o")], "CN=a,O=o,C=HK"),
        ([(NameOID.COMMON_NAME, "a"), (NameOID.COMMON_NAME, "b")], "CN=b"),
        ([(NameOID.LOCALITY_NAME, "l"), (NameOID.STATE_OR_PROVINCE_NAME, "s")], "ST=s,L=l"),
        (
            [(NameOID.STREET_ADDRESS, "s"), (NameOID.POSTAL_CODE, "p"), (NameOID.SERIAL_NUMBER, "n")],
            "SERIALNUMBER=n,POSTALCODE=p,STREET=s",
        ),
        ([(NameOID.EMAIL_ADDRESS, "a@b")], ""),
        ([(NameOID.COMMON_NAME, ' a,b+"c\\<d>;#e ')], 'CN=\\ a\\,b\\+\\"c\\\\\\<d\\>\\;#e\\ '),
        ([(NameOID.COMMON_NAME, "#a")], "CN=\\#a"),
    ],
)
def test_names_are_written_as_gos_shim_writes_them(
    attributes: list[tuple[x509.ObjectIdentifier, str]], expected: str
) -> None:
    assert distinguished_name(x509.Name([x509.NameAttribute(*each) for each in attributes])) == expected


def test_an_attribute_can_be_asserted() -> None:
    identity = party_identity("HongKongMSP", "p1", "viewer")
    assert identity.attribute("tradelane.role") == "viewer"
    assert identity.attribute("tradelane.other") is None
    identity.assert_attribute("tradelane.role", "viewer")
    for name, value in (("tradelane.role", "signer"), ("tradelane.other", "viewer")):
        with pytest.raises(AttributeRefused, match=name):
            identity.assert_attribute(name, value)


def test_the_peers_organisation_is_what_the_operator_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PEER_MSP_VARIABLE, "HongKongMSP")
    assert peer_msp_id() == "HongKongMSP"
    monkeypatch.setenv(PEER_MSP_VARIABLE, "")
    with pytest.raises(NotConfigured, match="set CORE_PEER_LOCALMSPID"):
        peer_msp_id()
    monkeypatch.delenv(PEER_MSP_VARIABLE)
    with pytest.raises(NotConfigured, match="set CORE_PEER_LOCALMSPID"):
        peer_msp_id()
