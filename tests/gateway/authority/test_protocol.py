"""Fabric CA's REST interface without a CA: what is asked, and how each kind of answer reads.

What a CA itself makes of it is in tests/scenario/test_authority.py.
"""

import base64
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.conftest import MSP
from tests.support.pki import Authority, Pair
from tradelane.gateway import authority
from tradelane.gateway.authority.signing_request import signing_request
from tradelane.gateway.errors import AuthorityDenied, AuthorityError, AuthorityRefused, InputError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import Hash

SECRET = "s3cret-of-the-registration"
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def registrar(signer: Pair) -> Identity:
    return Identity.load(MSP, signer.certificate_pem, signer.key_pem)


def answer(status: int, **reply: Any) -> authority.Answer:
    return authority.Answer(status, json.dumps(reply).encode())


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_who_enrols_shows_name_and_secret_and_keeps_the_key() -> None:
    request = authority.enrol("trader", lambda: SECRET, key=KEY, profile="tls", hosts=("a.example", "::1")).ask("tlsca")
    assert (request.method, request.target) == ("POST", "/api/v1/enroll")
    assert request.headers["Authorization"] == "Basic " + encoded(f"trader:{SECRET}".encode())
    content = json.loads(request.body)
    asked = x509.load_pem_x509_csr(content.pop("certificate_request").encode())
    assert content == {"caname": "tlsca", "profile": "tls"}
    assert asked.is_signature_valid
    assert asked.public_key() == KEY.public_key()
    assert asked.subject.rfc4514_string() == "CN=trader"
    assert len(asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == 2


@pytest.mark.parametrize("key", [KEY, ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_each_kind_of_key_signs_its_request(key: ec.EllipticCurvePrivateKey) -> None:
    asked = x509.load_pem_x509_csr(signing_request(key, "trader"))
    assert asked.is_signature_valid
    assert not asked.extensions


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_no_certificate_can_carry_is_refused(name: str) -> None:
    with pytest.raises(InputError) as raised:
        signing_request(KEY, name)
    assert raised.value.code == "NAME_UNUSABLE"


def test_who_is_enrolled_signs_method_target_body_and_certificate(registrar: Identity, signer: Pair) -> None:
    who = authority.Registration("trader", attributes={"tradelane.party": "shbank"}, rights={"hf.GenCRL": "true"})
    request = authority.register(registrar, who, lambda: SECRET).ask("ca")
    assert json.loads(request.body) == {
        "id": "trader",
        "type": "client",
        "secret": SECRET,
        "max_enrollments": 1,
        "affiliation": "",
        "attrs": [
            {"name": "tradelane.party", "value": "shbank", "ecert": True},
            {"name": "hf.GenCRL", "value": "true", "ecert": False},
        ],
        "caname": "ca",
    }
    certificate, signature = request.headers["Authorization"].split(".")
    assert certificate == encoded(signer.certificate_pem)
    signed = f"POST.{encoded(b'/api/v1/register')}.{encoded(request.body)}.{certificate}"
    signer.public_key.verify(base64.b64decode(signature), signed.encode(), ec.ECDSA(hashes.SHA256()))


def test_an_ed25519_key_signs_the_digest_a_ca_verifies(authority_: Authority) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pair = authority_.issue("registrar", key=key)
    request = authority.identities(Identity.load(MSP, pair.certificate_pem, pair.key_pem)).ask("ca")
    certificate, signature = request.headers["Authorization"].split(".")
    signed = f"GET.{encoded(b'/api/v1/identities?ca=ca')}..{certificate}".encode()
    key.public_key().verify(base64.b64decode(signature), Hash.SHA256.digest(signed))


@pytest.fixture
def authority_(authority: Authority) -> Authority:
    """The test's CA, where `authority` is the module."""
    return authority


def test_a_secret_made_here_is_long_and_new(registrar: Identity) -> None:
    call = authority.register(registrar, authority.Registration("trader"))
    first, second = (json.loads(call.ask("ca").body)["secret"] for _ in range(2))
    assert first != second
    assert len(first) >= 32


def issued(pair: Pair) -> authority.Answer:
    result = {"Cert": encoded(pair.certificate_pem), "ServerInfo": {"CAName": "ca", "CAChain": encoded(b"chain")}}
    return answer(201, success=True, result=result, errors=[], messages=[])


def test_an_enrolment_is_read(authority_: Authority) -> None:
    pair = authority_.issue("trader", key=KEY)
    done = authority.enrol("trader", lambda: SECRET, key=KEY).result(issued(pair))
    assert (done.certificate_pem, done.chain_pem) == (pair.certificate_pem, b"chain")


def test_a_certificate_for_somebody_else_is_no_enrolment(authority_: Authority) -> None:
    call = authority.enrol("trader", lambda: SECRET, key=KEY)
    for pair in (authority_.issue("trader"), authority_.issue("other", key=KEY)):
        with pytest.raises(AuthorityError, match="another key or name") as raised:
            call.result(issued(pair))
        assert raised.value.code == "AUTHORITY_ANSWER"


def test_lists_and_revocations_are_read(registrar: Identity) -> None:
    one = {"id": "trader", "type": "client", "affiliation": "", "max_enrollments": 1}
    entry = one | {"attrs": [{"name": "tradelane.party", "value": "shbank", "ecert": True}]}
    listed = authority.identities(registrar).result(answer(200, success=True, result={"identities": [entry, one]}))
    assert [each.attributes for each in listed] == [{"tradelane.party": "shbank"}, {}]
    revoked = {"RevokedCerts": [{"Serial": "1f", "AKI": "00"}], "CRL": encoded(b"list")}
    call = authority.revoke(registrar, "trader")
    assert call.result(answer(200, success=True, result=revoked)) == authority.Revocation(("1f",), b"list")
    nothing = {"RevokedCerts": None, "CRL": ""}
    assert call.result(answer(200, success=True, result=nothing)) == authority.Revocation((), b"")


def test_one_certificate_is_named_by_serial_number_and_issuer(registrar: Identity, authority_: Authority) -> None:
    with pytest.raises(ValueError, match="a name or a certificate"):
        authority.revoke(registrar)
    certificate = authority_.issue("trader").certificate
    call = authority.revoke(registrar, certificate=certificate, reason=authority.Reason.KEY_COMPROMISE, crl=False)
    content = json.loads(call.ask("ca").body)
    assert int(content["serial"], 16) == certificate.serial_number
    assert (content["reason"], content["gencrl"], content["caname"]) == ("keycompromise", False, "ca")
    with pytest.raises(InputError, match="no Fabric CA issued it"):
        authority.revoke(registrar, certificate=authority_.root.certificate)


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (20, AuthorityDenied, "ENROLMENT_DENIED"),
        (71, AuthorityDenied, "NOT_AUTHORISED"),
        (73, AuthorityDenied, "SECRET_LOCKED"),
        (10, AuthorityRefused, "IDENTITY_UNKNOWN"),
        (63, AuthorityRefused, "IDENTITY_UNKNOWN"),
        (8, AuthorityRefused, "CERTIFICATE_UNKNOWN"),
        (19, AuthorityRefused, "AUTHORITY_UNKNOWN"),
        (66, AuthorityRefused, "ALREADY_REVOKED"),
        (74, AuthorityRefused, "ALREADY_REGISTERED"),
        (31, AuthorityRefused, "AUTHORITY_REFUSED"),
    ],
)
def test_what_a_ca_declines_has_a_sentence_and_a_code(number: int, kind: type[AuthorityError], code: str) -> None:
    call = authority.enrol("trader", lambda: SECRET, key=KEY)
    with pytest.raises(kind, match="declined to enrol 'trader': ") as raised:
        call.result(answer(400, success=False, result="", errors=[{"code": number, "message": "CSR Decode failed"}]))
    assert (raised.value.code, raised.value.reasons) == (code, (number,))
    assert ("CSR Decode failed" in raised.value.message) == (number == 31)


def test_a_certificate_not_accepted_is_told_from_a_secret(registrar: Identity) -> None:
    with pytest.raises(AuthorityDenied, match="revoked, expired or another CA's") as raised:
        authority.identities(registrar).result(answer(401, success=False, errors=[{"code": 20, "message": "no"}]))
    assert (raised.value.code, raised.value.exit_status) == ("CERTIFICATE_DENIED", 6)


@given(body=st.binary(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["success", "result", "errors", "Cert", "code", "message"]), inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_answer_is_a_result_or_one_of_our_errors(body: bytes) -> None:
    with pytest.raises(AuthorityError):
        authority.enrol("trader", lambda: SECRET, key=KEY).result(authority.Answer(200, body))
