"""The environment of the service."""

from pathlib import Path

import pytest

from tradelane.chaincode.config import Config, ConfigError
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.server import DRAIN_SECONDS
from tradelane.chaincode.shim.tls import TlsFiles


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    files = {
        "CHAINCODE_TLS_KEY": tmp_path / "key.pem",
        "CHAINCODE_TLS_CERT": tmp_path / "cert.pem",
        "CHAINCODE_CLIENT_CA_CERT": tmp_path / "ca.pem",
    }
    for path in files.values():
        path.touch()
    return {
        "CHAINCODE_ID": "tradelane:0f",
        "CHAINCODE_SERVER_ADDRESS": "127.0.0.1:7152",
        **{name: str(path) for name, path in files.items()},
    }


def test_everything_is_read_into_one_record(environment: dict[str, str]) -> None:
    server = Config.from_environment(environment).server
    assert (server.package_id, server.address) == ("tradelane:0f", "127.0.0.1:7152")
    assert server.tls == TlsFiles(
        key=Path(environment["CHAINCODE_TLS_KEY"]),
        certificate=Path(environment["CHAINCODE_TLS_CERT"]),
        client_ca=Path(environment["CHAINCODE_CLIENT_CA_CERT"]),
    )


NAMES = [
    "CHAINCODE_ID",
    "CHAINCODE_SERVER_ADDRESS",
    "CHAINCODE_TLS_KEY",
    "CHAINCODE_TLS_CERT",
    "CHAINCODE_CLIENT_CA_CERT",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_variable_is_named(name: str, environment: dict[str, str]) -> None:
    del environment[name]
    with pytest.raises(ConfigError, match=f"{name} is not set: it must be"):
        Config.from_environment(environment)


def test_peers_are_asked_for_no_certificate_only_if_the_operator_says_so(environment: dict[str, str]) -> None:
    del environment["CHAINCODE_CLIENT_CA_CERT"]
    tls = Config.from_environment(environment | {"CHAINCODE_CLIENT_AUTH_DISABLED": "true"}).server.tls
    assert tls is not None
    assert tls.client_ca is None
    for word in ("", "false", "True", "1", "yes"):
        with pytest.raises(ConfigError, match="CHAINCODE_CLIENT_CA_CERT is not set"):
            Config.from_environment(environment | {"CHAINCODE_CLIENT_AUTH_DISABLED": word})


def test_certificates_that_are_asked_for_and_not_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="unset the one or the other"):
        Config.from_environment(environment | {"CHAINCODE_CLIENT_AUTH_DISABLED": "true"})


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_file_that_is_missing_is_named(name: str, environment: dict[str, str]) -> None:
    Path(environment[name]).unlink()
    with pytest.raises(ConfigError, match=f"{name} names .* which is not a file"):
        Config.from_environment(environment)


@pytest.mark.parametrize("address", ["7152", ":7152", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_an_address_must_be_host_and_port(address: str, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="must be host:port"):
        Config.from_environment({**environment, "CHAINCODE_SERVER_ADDRESS": address})


def test_metrics_are_off_unless_an_address_is_given(environment: dict[str, str]) -> None:
    assert Config.from_environment(environment).metrics_address is None
    address = "127.0.0.1:9464"
    assert Config.from_environment({**environment, "CHAINCODE_METRICS_ADDRESS": address}).metrics_address == address
    with pytest.raises(ConfigError, match="CHAINCODE_METRICS_ADDRESS is '9464': it must be host:port"):
        Config.from_environment({**environment, "CHAINCODE_METRICS_ADDRESS": "9464"})


def test_the_drain_is_shorter_or_longer_as_told(environment: dict[str, str]) -> None:
    assert Config.from_environment(environment).server.drain_seconds == DRAIN_SECONDS
    told = Config.from_environment({**environment, "CHAINCODE_DRAIN_SECONDS": "2.5"})
    assert told.server.drain_seconds == 2.5
    for wrong in ("-1", "nan", "long", "1e9"):
        with pytest.raises(ConfigError, match=r"CHAINCODE_DRAIN_SECONDS is .* it must be a number from 0 to 3600"):
            Config.from_environment({**environment, "CHAINCODE_DRAIN_SECONDS": wrong})


def test_the_limits_are_those_of_the_shim_unless_told(environment: dict[str, str]) -> None:
    assert Config.from_environment(environment).server.limits == Limits()
    told = {"CHAINCODE_EXECUTE_SECONDS": "12.5", "CHAINCODE_MAX_RUNNING": "7", "CHAINCODE_MAX_WAITING": "0"}
    limits = Config.from_environment({**environment, **told}).server.limits
    assert limits == Limits(running=7, waiting=0, execute_seconds=12.5)


@pytest.mark.parametrize("name", ["CHAINCODE_EXECUTE_SECONDS", "CHAINCODE_MAX_RUNNING", "CHAINCODE_MAX_WAITING"])
@pytest.mark.parametrize("wrong", ["-1", "nan", "long", "1e9"])
def test_a_limit_must_be_a_number_in_its_bounds(name: str, wrong: str, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=f"{name} is .* it must be a number from"):
        Config.from_environment({**environment, name: wrong})


def test_tls_is_off_only_when_that_is_said_exactly(environment: dict[str, str]) -> None:
    assert Config.from_environment({**environment, "CHAINCODE_TLS_DISABLED": "true"}).server.tls is None
    for other in ("", "false", "TRUE", "1"):
        assert Config.from_environment({**environment, "CHAINCODE_TLS_DISABLED": other}).server.tls is not None
