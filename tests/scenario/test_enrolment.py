"""`tradelane identity` against a real Fabric CA: from registration to revocation, and the users act on the ledger."""

import json
import secrets
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.support.softhsm import SoftHsm
from tests.support.told import Told
from tradelane.gateway import Identity, authority, connect, ebl, enrolment
from tradelane.gateway.cli import root as cli
from tradelane.gateway.enrolment import calls
from tradelane.gateway.errors import AuthorityDenied, AuthorityRefused
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.profile import load_profile
from tradelane.gateway.token_session import module_of
from tradelane.gateway.wallet import Wallet
from tradelane.network import Network

pytestmark = pytest.mark.network

Run = Callable[..., Any]


@pytest.fixture
def run(told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `tradelane --json` on a copy of Shanghai's profile; returns what it prints. A registrar is enrolled."""
    shutil.copytree(told.network.paths.profile("shanghai").root, tmp_path / "profiles" / "shanghai")
    monkeypatch.setenv("TRADELANE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def call(*arguments: str, status: int = 0) -> Any:
        found = cli.run(["--json", *arguments])
        printed = json.loads(capsys.readouterr().out)
        assert found == status, printed
        return printed

    password = told.network.paths.organisation("shanghai").authority.registrar_password
    call("identity", "enrol", "registrar@shanghai", "--secret-file", str(password))
    return call


@pytest.fixture
def wallet(run: Run, tmp_path: Path) -> Wallet:
    return Wallet(tmp_path / "profiles" / "shanghai")


def fresh() -> str:
    return f"li-wei-{secrets.token_hex(4)}"


def registered(run: Run, name: str, *options: str) -> str:
    given = ("--party", "wusong-textiles", "--role", "viewer", *options)
    return str(run("--as", "registrar@shanghai", "identity", "register", name, *given)["secret"])


def acts(wallet: Wallet, name: str) -> None:
    with connect(wallet.directory, name) as gateway:
        gateway.run(ebl.list_titles())


def test_a_user_registered_enrols_acts_renews_and_is_revoked(
    run: Run, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = fresh()
    monkeypatch.setenv("LI_WEI_SECRET", registered(run, name))
    shown = run("identity", "enrol", f"{name}@shanghai", "--secret-env", "LI_WEI_SECRET")
    assert (shown["partyId"], shown["role"], shown["keyIn"]) == ("wusong-textiles", "viewer", "file")
    acts(wallet, name)
    assert run("identity", "renew", f"{name}@shanghai", "--within-days", "30")["renewed"] is False
    renewed = run("identity", "renew", f"{name}@shanghai")
    assert renewed["renewed"] is True
    assert renewed["serial"] != shown["serial"]
    acts(wallet, name)
    lists = tmp_path / "revoked.pem"
    done = run(
        "--as", "registrar@shanghai", "identity", "revoke", name, "--reason", "keycompromise", "--crl", str(lists)
    )
    assert renewed["serial"].lstrip("0") in done["serials"]
    assert len(done["serials"]) == 4  # two of signatures, two of TLS
    parts = lists.read_bytes().split(b"-----BEGIN X509 CRL-----")[1:]
    revoked = [x509.load_pem_x509_crl(b"-----BEGIN X509 CRL-----" + part) for part in parts]
    found = {f"{entry.serial_number:x}" for each in revoked for entry in each}
    assert {serial.lstrip("0") for serial in done["serials"]} <= found
    declined = run("identity", "renew", f"{name}@shanghai", status=6)
    assert declined["code"] == "CERTIFICATE_DENIED"
    assert run("identity", "remove", f"{name}@shanghai", "--yes") == {"removed": name}


def test_names_and_secrets_serve_once(run: Run, wallet: Wallet, tmp_path: Path) -> None:
    name, secret = fresh(), tmp_path / "secret.txt"
    options = ("--party", "wusong-textiles", "--role", "viewer")
    out = run("--as", "registrar@shanghai", "identity", "register", name, *options, "--secret-out", str(secret))
    assert out == {"name": name, "secretFile": str(secret)}
    again = run("--as", "registrar@shanghai", "identity", "register", name, *options, status=3)
    assert again["code"] == "ALREADY_REGISTERED"
    run("identity", "enrol", f"{name}@shanghai", "--secret-file", str(secret))
    taken = run("identity", "enrol", f"{name}@shanghai", "--secret-file", str(secret), status=2)
    assert taken["code"] == "USER_EXISTS"
    used = run("identity", "enrol", f"other-{name}@shanghai", "--id", name, "--secret-file", str(secret), status=6)
    assert used["code"] == "ENROLMENT_DENIED"
    denied = run("--as", f"{name}@shanghai", "identity", "register", fresh(), *options, status=6)
    assert denied["code"] == "NOT_AUTHORISED"


def test_a_name_taken_at_one_ca_alone_is_explained(run: Run, wallet: Wallet) -> None:
    name = fresh()
    caller = load_profile(wallet.directory, "registrar")
    tls = Identity.load(caller.network.msp_id, caller.tls.certificate, caller.tls.key)
    with enrolment.authorities(wallet) as at:
        at.tls.run(authority.register(tls, authority.Registration(name)))
    with pytest.raises(AuthorityRefused, match="registered already") as raised:
        enrolment.register(wallet, "registrar", authority.Registration(name))
    assert "so take another name" in raised.value.diagnostics()


def test_an_enrolment_cut_off_goes_on_where_it_stopped(
    run: Run, wallet: Wallet, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = fresh()
    secret = registered(run, name)
    with monkeypatch.context() as patched:
        patched.setattr(calls, "TLS_PROFILE", "no-such-profile")  # the second CA declines
        with pytest.raises(AuthorityRefused):
            enrolment.enrol(wallet, name, lambda: secret)
    assert name not in wallet.names()
    enrolment.enrol(wallet, name, lambda: secret)
    acts(wallet, name)
    assert list((wallet.directory / "users").glob(f".{name}*")) == []


def test_encrypted_keys_are_renewed_encrypted(run: Run, wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    name = fresh()
    monkeypatch.setenv("LI_WEI_SECRET", registered(run, name))
    monkeypatch.setenv("TRADELANE_KEY_PASSPHRASE", "open sesame")
    given = ("--encrypt", "--passphrase-env", "TRADELANE_KEY_PASSPHRASE")
    shown = run("identity", "enrol", f"{name}@shanghai", "--secret-env", "LI_WEI_SECRET", *given)
    assert shown["keyIn"] == "encrypted file"
    acts(wallet, name)
    renewed = run("identity", "renew", f"{name}@shanghai")
    assert renewed["keyIn"] == "encrypted file"
    acts(wallet, name)
    for file in ("key.pem", "tls-key.pem"):
        assert b"ENCRYPTED" in (wallet.home(name) / file).read_bytes()
    monkeypatch.setenv("TRADELANE_KEY_PASSPHRASE", "wrong")
    assert run("--as", f"{name}@shanghai", "ebl", "list", status=6)["code"] == "PASSPHRASE_WRONG"


def test_a_key_in_a_token_enrols_acts_and_renews(
    run: Run, wallet: Wallet, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name, pin = fresh(), secrets.token_hex(4)
    monkeypatch.setenv("LI_WEI_PIN", pin)
    monkeypatch.setenv("LI_WEI_SECRET", registered(run, name))
    token = softhsm.token(pin)
    module_of(softhsm.module).restart()
    key = TokenKey.generate(softhsm.module, token, pin=lambda: pin, label="signer")
    place = {"module": str(softhsm.module), "token": token, "keyLabel": "signer", "pinVariable": "LI_WEI_PIN"}
    (tmp_path / "token.json").write_text(json.dumps(place))
    given = ("--secret-env", "LI_WEI_SECRET", "--token", str(tmp_path / "token.json"))
    assert run("identity", "enrol", f"{name}@shanghai", *given)["keyIn"] == f"token {token}"
    assert not (wallet.home(name) / "key.pem").exists()
    acts(wallet, name)
    before = wallet.entry(name)
    renewed = enrolment.renew(wallet, name, within=timedelta(days=400))
    assert renewed is not None
    assert renewed.serial != before.serial
    certificate = x509.load_pem_x509_certificate((wallet.home(name) / "cert.pem").read_bytes())
    assert certificate.public_key() == key.public_key()
    acts(wallet, name)


def test_a_revoked_identity_is_told_so_by_the_library(run: Run, wallet: Wallet) -> None:
    name = fresh()
    secret = registered(run, name)
    enrolment.enrol(wallet, name, lambda: secret)
    enrolment.revoke(wallet, "registrar", name)
    with pytest.raises(AuthorityDenied, match="revoked, expired or another CA's"):
        enrolment.renew(wallet, name)
