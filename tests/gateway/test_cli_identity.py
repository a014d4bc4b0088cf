"""`tradelane identity` where no CA is needed: the wallet's commands, and where secrets come from."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.gateway.conftest import USER, Run
from tests.support.pki import Authority, Pair
from tradelane.gateway.keys import key_pem, supported
from tradelane.gateway.profile import load_profile

LI_WEI = "li-wei@shanghai"


@pytest.fixture
def files(tmp_path: Path, authority: Authority) -> dict[str, str]:
    """A signing pair and a TLS pair in files, as another tool may have left them."""
    signing, tls = authority.issue("li-wei"), authority.issue("tls")
    archive = pkcs12.serialize_key_and_certificates(
        b"li-wei", supported(signing.key), signing.certificate, [authority.root.certificate],
        serialization.BestAvailableEncryption(b"sesame"),
    )  # fmt: skip
    contents = {
        "cert": signing.certificate_pem,
        "key": signing.key_pem,
        "sealed": key_pem(supported(signing.key), lambda: "sesame"),
        "p12": archive,
        "tls-cert": tls.certificate_pem,
        "tls-key": tls.key_pem,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


def imported(files: dict[str, str], *options: str) -> tuple[str, ...]:
    return ("identity", "import", LI_WEI, "--tls-cert", files["tls-cert"], "--tls-key", files["tls-key"], *options)


def shown(result: tuple[int, str, str], status: int = 0) -> Any:
    assert result[0] == status, result
    return json.loads(result[1])


def test_users_are_listed_and_shown(run: Run, profile: Path) -> None:
    status, out, _ = run("identity", "list", "shanghai")
    assert status == 0
    assert USER in out
    assert "secp256r1" in out
    assert "(0 days)" in out
    [entry] = shown(run("--json", "--profile", str(profile), "identity", "list"))
    assert entry == shown(run("identity", "show", f"{USER}@shanghai", "--json"))
    assert (entry["name"], entry["role"], entry["partyId"]) == (USER, "signer", "shexporter")


def test_a_spoiled_user_does_not_hide_the_others(run: Run, profile: Path, files: dict[str, str]) -> None:
    run(*imported(files, "--cert", files["cert"], "--key", files["key"]))
    (profile / "users" / "li-wei" / "cert.pem").unlink()
    first, second = shown(run("identity", "list", "shanghai", "--json"))
    assert (first["name"], second) == (USER, {"name": "li-wei", "problem": "PROFILE_FILE_MISSING"})
    status, out, _ = run("identity", "list", "shanghai")
    assert status == 0
    assert "PROFILE_FILE_MISSING" in out


def test_pem_files_are_imported_and_removed(run: Run, profile: Path, files: dict[str, str]) -> None:
    command = imported(files, "--cert", files["cert"], "--key", files["key"], "--json")
    assert shown(run(*command))["keyIn"] == "file"
    load_profile(profile, "li-wei")
    assert shown(run(*command), 2)["code"] == "USER_EXISTS"
    assert run("identity", "remove", LI_WEI, "--yes")[0] == 0
    assert shown(run("identity", "show", LI_WEI, "--json"), 6)["code"] == "UNKNOWN_USER"


def test_pkcs12_is_imported(run: Run, profile: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P12", "wrong")
    command = imported(files, "--pkcs12", files["p12"], "--passphrase-env", "P12", "--json")
    assert shown(run(*command), 6)["code"] == "PKCS12_UNREADABLE"
    monkeypatch.setenv("P12", "sesame")
    assert shown(run(*command))["enrolmentId"] == "li-wei"
    load_profile(profile, "li-wei")


def test_an_encrypted_key_is_imported_as_it_is(
    run: Run, profile: Path, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("sesame\n")
    passphrase.chmod(0o600)
    command = imported(files, "--cert", files["cert"], "--key", files["sealed"], "--json")
    assert shown(run(*command), 2)["code"] == "SECRET_MISSING"  # nobody sits at a terminal here
    assert shown(run(*command, "--passphrase-file", str(passphrase)))["keyIn"] == "encrypted file"
    load_profile(profile, "li-wei", passphrase=lambda: "sesame")


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ([], 2, "USAGE"),
        (["--cert", "cert"], 2, "USAGE"),
        (["--cert", "cert", "--key", "key", "--pkcs12", "p12"], 2, "USAGE"),
        (["--cert", "cert", "--key", "tls-key"], 6, "KEY_MISMATCH"),
        (["--cert", "key", "--key", "key"], 6, "CERTIFICATE_MALFORMED"),
        (["--cert", "cert", "--key", "cert"], 6, "KEY_MALFORMED"),
        (["--cert", "nowhere", "--key", "key"], 2, "FILE_UNREADABLE"),
    ],
)
def test_what_cannot_be_imported_is_explained(
    run: Run, profile: Path, files: dict[str, str], options: list[str], status: int, code: str
) -> None:
    found = run(*imported(files, *(files.get(each, each) for each in options), "--json"))
    assert shown(found, status)["code"] == code
    assert [path.name for path in (profile / "users").iterdir() if path.is_dir()] == [USER]


def test_a_profile_without_a_ca_says_who_writes_one(
    run: Run, profile: Path, monkeypatch: pytest.MonkeyPatch, signer: Pair
) -> None:
    monkeypatch.setenv("SECRET", "secret")
    enrolling = ("identity", "enrol", LI_WEI, "--secret-env", "SECRET", "--json")
    assert shown(run(*enrolling), 6)["code"] == "AUTHORITY_UNNAMED"
    registering = ("--as", f"{USER}@shanghai", "identity", "register", "li-wei", "--json")
    assert shown(run(*registering), 6)["code"] == "AUTHORITY_UNNAMED"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--secret-env", "UNSET_VARIABLE"], "SECRET_MISSING"),
        (["--secret-file", "/nonexistent/secret"], "SECRET_MISSING"),
        (["--secret-file", "f", "--secret-env", "V"], "USAGE"),
        ([], "SECRET_MISSING"),
        (["--secret-env", "HOME", "--token", "cert"], "TOKEN_MALFORMED"),
    ],
)
def test_a_secret_comes_from_a_file_a_variable_or_a_person(
    run: Run, profile: Path, files: dict[str, str], options: list[str], code: str
) -> None:
    given = [files.get(each, each) for each in options]
    assert shown(run("identity", "enrol", LI_WEI, *given, "--json"), 2)["code"] == code


def test_an_attribute_is_a_name_and_a_value(run: Run, profile: Path) -> None:
    command = ("--as", f"{USER}@shanghai", "identity", "register", "x", "--attribute", "party", "--json")
    assert shown(run(*command), 2)["code"] == "USAGE"


def test_a_ca_that_is_down_is_named(run: Run, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads((profile / "profile.json").read_text())
    content["authority"] = {"url": "https://127.0.0.1:1", "enrolment": "ca", "tls": "tlsca"}
    (profile / "profile.json").write_text(json.dumps(content))
    monkeypatch.setenv("SECRET", "a secret of the test")
    status, out, err = run("identity", "enrol", LI_WEI, "--secret-env", "SECRET")
    assert (status, out) == (4, "")
    assert err.endswith("cannot be reached; is it running, and the address right? [AUTHORITY_UNREACHABLE]\n")
    assert "a secret of the test" not in err
