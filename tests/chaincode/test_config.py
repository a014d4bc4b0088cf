"""The environment of the service."""

from pathlib import Path

import pytest

from tradelane.chaincode.config import Config, ConfigError
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


@pytest.mark.parametrize("name", NAMES[2:])
def test_a_file_that_is_missing_is_named(name: str, environment: dict[str, str]) -> None:
    Path(environment[name]).unlink()
    with pytest.raises(ConfigError, match=f"{name} names .* which is not a file"):
        Config.from_environment(environment)


@pytest.mark.parametrize("address", ["7152", ":7152", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
def test_an_address_must_be_host_and_port(address: str, environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="must be host:port"):
        Config.from_environment({**environment, "CHAINCODE_SERVER_ADDRESS": address})


def test_tls_is_off_only_when_that_is_said_exactly(environment: dict[str, str]) -> None:
    assert Config.from_environment({**environment, "CHAINCODE_TLS_DISABLED": "true"}).server.tls is None
    for other in ("", "false", "TRUE", "1"):
        assert Config.from_environment({**environment, "CHAINCODE_TLS_DISABLED": other}).server.tls is not None
