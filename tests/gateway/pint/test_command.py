"""`tradelane pint`: what needs neither a ledger nor another platform."""

import json
from pathlib import Path

import pytest

from tests.gateway.conftest import Run
from tests.support.trade import EXAMPLES
from tradelane.gateway.dcsa import signing
from tradelane.gateway.dcsa.issuance import read_request
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.pint import home as homes

ISSUANCE = str(EXAMPLES / "issuance-request.json")


@pytest.fixture
def made(act: Run, tmp_path: Path) -> Path:
    directory = tmp_path / "bridge"
    status, out, err = act("pint", "init", str(directory), "--operator", "harbour-bridge", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["platform"] == "TRDL"
    return directory


def test_a_platform_is_made_with_a_key_for_its_owner_alone(made: Path) -> None:
    assert (made / homes.KEY).stat().st_mode & 0o777 == 0o600
    assert made.stat().st_mode & 0o777 == 0o700
    home = homes.load(made)
    assert home.settings.operator.party_id == "harbour-bridge"
    assert home.platforms.owners == {"TRDL"}
    public = json.loads((made / homes.PUBLIC_KEYS).read_text())
    assert public == home.signer.public_keys()
    assert "d" not in public["keys"][0]


def test_a_platform_is_not_made_over_another(act: Run, made: Path) -> None:
    status, _, err = act("pint", "init", str(made), "--operator", "harbour-bridge")
    assert (status, "cannot be written" in err) == (2, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"platform": "toolong"}, "BAD_SETTINGS"),
        ({"novelty": 1}, "BAD_SETTINGS"),
        ({"peers": {"WAVE": {"url": "https://x", "keys": ["absent.json"]}}}, "BAD_SETTINGS"),
        ({"carriers": {"JHL": ["platform.json"]}}, "BAD_KEY_SET"),
    ],
)
def test_bad_settings_are_refused(act: Run, made: Path, change: dict[str, object], code: str) -> None:
    path = made / homes.SETTINGS
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    status, out, _ = act("pint", "serve", "--home", str(made), "--json")
    assert status == 2
    assert json.loads(out)["code"] == code


def test_sending_to_whom_nobody_knows(act: Run, made: Path) -> None:
    arguments = ("--home", str(made), "--to", "WAVE", "--recipient", "Globeteam", "--code", "GLEIF:X")
    status, _, err = act("pint", "send", "a" * 32, *arguments)
    assert (status, "not among the peers" in err) == (2, True)
    status, _, err = act("pint", "send", "a" * 32, *arguments[:-1], "no code")
    assert (status, "PROVIDER:CODE" in err) == (2, True)


def test_an_empty_document_does_not_go_along(act: Run, made: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    arguments = ("--home", str(made), "--to", "WAVE", "--recipient", "Globeteam", "--code", "GLEIF:X")
    status, _, err = act("pint", "send", "a" * 32, *arguments, "--document", str(empty))
    assert (status, "cannot go along" in err) == (2, True)


def test_nothing_has_crossed_yet(act: Run, made: Path) -> None:
    status, out, _ = act("pint", "list", "--home", str(made), "--json")
    assert (status, json.loads(out)) == (0, [])


def test_a_carrier_signs_an_issuance(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "carrier.pem"
    status, keys, _ = run("pint", "key", str(key))
    assert status == 0
    status, signed, _ = run("pint", "sign-issuance", ISSUANCE, "--key", str(key))
    assert status == 0
    found = read_request(signed.encode(), TrustedKeys({"JHL": [keys.encode()]}))
    assert found.signed_by == "JHL"
    assert signing.load(key).key_id == json.loads(keys)["keys"][0]["kid"]
    status, _, err = run("pint", "sign-issuance", str(key), "--key", str(key))
    assert (status, "cannot be used" in err) == (2, True)
