"""No private key, passphrase, PIN or enrolment secret is ever told: not in a log, an error or an object's text."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.conftest import MSP, USER, write_profile
from tests.support.https_server import Server
from tests.support.pki import Authority, Pair
from tests.support.softhsm import SoftHsm
from tradelane.gateway import authority as ca
from tradelane.gateway import bulk, enrolment, offline
from tradelane.gateway.authority import client
from tradelane.gateway.errors import GatewayError, InputError
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import key_pem, load_private_key, supported
from tradelane.gateway.peers import Peers
from tradelane.gateway.profile import load_profile
from tradelane.gateway.secret import Secret, from_environment, from_file
from tradelane.gateway.session import Session
from tradelane.gateway.token_session import module_of
from tradelane.gateway.wallet import Credentials, Wallet

canaries = st.text("abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=16, max_size=24)


class Ears(logging.Handler):
    """Hears everything that is logged, and keeps every error and every object's text."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.getMessage()} {record.__dict__}")

    def see(self, *values: object) -> None:
        for value in values:
            self.heard += [repr(value), str(value)]

    def trying(self, call: Callable[[], object]) -> None:
        try:
            self.see(call())
        except GatewayError as error:
            link: BaseException | None = error
            while link is not None:
                self.heard += ["".join(traceback.format_exception(link)), repr(link), str(link.args)]
                link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
            self.heard += [error.diagnostics(), str(error.details)]


@contextmanager
def listening() -> Iterator[Ears]:
    ears, root = Ears(), logging.getLogger()
    before = root.level
    root.addHandler(ears)
    root.setLevel(logging.NOTSET)
    try:
        yield ears
    finally:
        root.removeHandler(ears)
        root.setLevel(before)


def texts_of(key: ec.EllipticCurvePrivateKey) -> list[str]:
    number = key.private_numbers().private_value
    middle = key_pem(key).decode().splitlines()[1]
    return [str(number), f"{number:x}", middle[10:50]]


def assert_silent(ears: Ears, *told: str) -> None:
    assert ears.heard
    for each in ears.heard:
        for secret in told:
            assert secret not in each


@settings(max_examples=10)
@given(right=canaries, wrong=canaries)
def test_keys_and_passphrases(signer: Pair, authority: Authority, right: str, wrong: str) -> None:
    key = supported(signer.key)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    sealed, other, mine = key_pem(key, lambda: right), authority.issue("other").certificate_pem, signer.certificate_pem
    encryption = serialization.BestAvailableEncryption(right.encode())
    archive = pkcs12.serialize_key_and_certificates(b"x", key, signer.certificate, None, encryption)
    with listening() as ears:
        passphrases: list[Secret] = [lambda: right, lambda: wrong]
        for said in passphrases:
            ears.trying(partial(load_private_key, sealed, said))
            ears.trying(partial(Identity.load, MSP, mine, sealed, passphrase=said))
            ears.trying(partial(Identity.load, MSP, other, sealed, passphrase=said))
            ears.trying(partial(Identity.load_pkcs12, MSP, archive, said))
            ears.trying(partial(Identity.load, MSP, mine, signer.key_pem[:120] + said().encode()))
        ears.trying(partial(Identity.load, MSP, other, signer.key_pem))
        ears.see(Credentials(mine, signer.key_pem, mine, signer.key_pem))
    assert_silent(ears, right, wrong, *texts_of(key))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, authority: Authority, signer: Pair) -> Path:
    return write_profile(tmp_path_factory.mktemp("p") / "shanghai", "127.0.0.1:1", authority, signer, signer)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("server"), authority, "localhost")
    yield started
    started.stop()


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=5)
@given(secret=canaries)
def test_enrolment_secrets(server: Server, directory: Path, authority: Authority, signer: Pair, secret: str) -> None:
    identity = Identity.load(MSP, signer.certificate_pem, signer.key_pem)
    key = ec.generate_private_key(ec.SECP256R1())
    calls: list[ca.Call[Any]] = [
        ca.enrol("trader", lambda: secret, key=key),
        ca.register(identity, ca.Registration("trader"), lambda: secret),
    ]
    replies = [
        {"success": False, "result": "", "errors": [{"code": 20, "message": "Authentication failure"}]},
        {"success": True, "result": {}},
    ]
    with listening() as ears:
        for call in calls:
            ears.see(call, call.ask("ca"))
            for reply in replies:
                server.body = json.dumps(reply).encode()
                with client.connect(server.url, roots=authority.root.certificate_pem, name="ca") as connected:
                    ears.trying(partial(connected.run, call))
            with client.connect("https://127.0.0.1:1", roots=authority.root.certificate_pem, name="ca") as nobody:
                ears.trying(partial(nobody.run, call))
        profile = directory / "profile.json"
        known = json.loads(profile.read_text()) | {
            "authority": {"url": server.url, "enrolment": "ca", "tls": "tlsca"},
        }
        profile.write_text(json.dumps(known))
        wallet = Wallet(directory)
        ears.trying(lambda: enrolment.enrol(wallet, "li-wei", lambda: secret))
        ears.trying(lambda: enrolment.register(wallet, USER, ca.Registration("x"), secret=lambda: secret))
        ears.see(load_profile(directory, USER), load_profile(directory, USER).tls)
    loaded = supported(signer.key)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert_silent(ears, secret, *texts_of(key), *texts_of(loaded))


def test_private_inputs_stand_in_no_objects_text(signer: Pair) -> None:
    canary = "a-salt-nobody-shall-read"
    identity = Identity.load(MSP, signer.certificate_pem, signer.key_pem)
    session = Session(identity, "trade", "tradelane", Peers(["peer"]))
    made = session.new_proposal("a:b", transient={"salt": canary.encode()})
    signable = offline.Proposal.of(made)
    assert signable.call.transient == {"salt": canary.encode()}
    rpc = next(session.evaluate("a:b", transient={"salt": canary.encode()}))
    invocation = bulk.Invocation("a:b", transient={"salt": canary.encode()})
    for each in (made, signable, signable.call, rpc, invocation):
        assert canary not in repr(each)


@settings(max_examples=5)
@given(right=canaries, wrong=canaries)
def test_pins(softhsm: SoftHsm, right: str, wrong: str) -> None:
    token = softhsm.token(right)
    module_of(softhsm.module).restart()
    with listening() as ears:
        ears.trying(lambda: TokenKey.open(softhsm.module, token, pin=lambda: wrong, label="signer"))
        key = TokenKey.generate(softhsm.module, token, pin=lambda: right, label="signer")
        ears.see(key, key._token)
        ears.trying(lambda: TokenKey.open(softhsm.module, token, pin=lambda: right, label="other"))
    assert_silent(ears, right, wrong)


@settings(max_examples=10)
@given(secret=canaries)
def test_where_secrets_come_from(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    path = tmp_path_factory.mktemp("s") / "secret.txt"
    path.write_text(f"{secret}\n")
    with listening() as ears, pytest.MonkeyPatch.context() as patched:
        path.chmod(0o644)
        ears.trying(from_file(path))
        path.chmod(0o600)
        assert from_file(path)() == secret
        patched.setenv("TRADELANE_TEST_SECRET", secret)
        assert from_environment("TRADELANE_TEST_SECRET")() == secret
        ears.see(from_file(path), from_environment("TRADELANE_TEST_SECRET"))
    assert_silent(ears, secret)


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [(b"", 0o600, "SECRET_MISSING"), (b"\nx", 0o600, "SECRET_MISSING"), (b"\xff", 0o600, "SECRET_MISSING"),
     (b"x", 0o640, "SECRET_EXPOSED"), (None, 0, "SECRET_MISSING")],
)  # fmt: skip
def test_a_secret_that_cannot_be_had_is_explained(tmp_path: Path, content: bytes | None, mode: int, code: str) -> None:
    path = tmp_path / "secret.txt"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(InputError) as raised:
        from_file(path)()
    assert raised.value.code == code


def test_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADELANE_TEST_SECRET", raising=False)
    with pytest.raises(InputError, match="TRADELANE_TEST_SECRET") as raised:
        from_environment("TRADELANE_TEST_SECRET")()
    assert raised.value.code == "SECRET_MISSING"
