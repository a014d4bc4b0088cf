"""Configuration of the chaincode service: the environment, read once, as one frozen record."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.server import DRAIN_SECONDS, ServerOptions
from tradelane.chaincode.shim.tls import TlsFiles

LONGEST_DRAIN_SECONDS = 3600
LONGEST_EXECUTE_SECONDS = 3600
MOST_TRANSACTIONS = 1_000_000


class ConfigError(Exception):
    """The environment is incomplete or wrong; the message tells the operator what to set."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the service was started with.

    Attributes:
        server: Package id, address and TLS files.
        metrics_address: host:port to serve metrics on; None for no metrics.
    """

    server: ServerOptions
    metrics_address: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Config":
        """Read the variables which Fabric's chaincode services use by convention.

        CHAINCODE_ID is the package id, CHAINCODE_SERVER_ADDRESS host:port. CHAINCODE_TLS_KEY, CHAINCODE_TLS_CERT and
        CHAINCODE_CLIENT_CA_CERT name PEM files; TLS is off only if CHAINCODE_TLS_DISABLED is the word "true", and peers
        are asked for no certificate only if CHAINCODE_CLIENT_AUTH_DISABLED is.
        CHAINCODE_METRICS_ADDRESS is host:port for Prometheus; unset, there are no metrics. CHAINCODE_DRAIN_SECONDS is
        how long running transactions may take once the service is told to stop.

        CHAINCODE_EXECUTE_SECONDS is how long a transaction may take, which should be a little less than the peer's own
        `chaincode.executetimeout`; CHAINCODE_MAX_RUNNING and CHAINCODE_MAX_WAITING are how many transactions run at
        the same time and how many wait behind them before more are refused.

        Raises:
            ConfigError: A variable is missing or malformed.
        """
        tls = None
        if environment.get("CHAINCODE_TLS_DISABLED") != "true":
            tls = TlsFiles(
                key=_file(environment, "CHAINCODE_TLS_KEY", "private key"),
                certificate=_file(environment, "CHAINCODE_TLS_CERT", "certificate"),
                client_ca=_client_ca(environment),
            )
        package_id = _required(environment, "CHAINCODE_ID", "the package id which the peer's installation printed")
        address = _address(
            "CHAINCODE_SERVER_ADDRESS", _required(environment, "CHAINCODE_SERVER_ADDRESS", "host:port to listen on")
        )
        metrics = environment.get("CHAINCODE_METRICS_ADDRESS")
        return cls(
            ServerOptions(package_id, address, tls, _drain_seconds(environment), _limits(environment)),
            _address("CHAINCODE_METRICS_ADDRESS", metrics) if metrics else None,
        )


def _required(environment: Mapping[str, str], name: str, meaning: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set: it must be {meaning}")
    return value


def _client_ca(environment: Mapping[str, str]) -> Path | None:
    if environment.get("CHAINCODE_CLIENT_AUTH_DISABLED") != "true":
        return _file(environment, "CHAINCODE_CLIENT_CA_CERT", "certificate of the CA of the peers")
    if environment.get("CHAINCODE_CLIENT_CA_CERT"):
        raise ConfigError(
            "CHAINCODE_CLIENT_AUTH_DISABLED is true and CHAINCODE_CLIENT_CA_CERT is set: unset the one or the other"
        )
    return None


def _file(environment: Mapping[str, str], name: str, content: str) -> Path:
    path = Path(_required(environment, name, f"the path of a PEM file with the {content}"))
    if not path.is_file():
        raise ConfigError(f"{name} names {path}, which is not a file: it must be a PEM file with the {content}")
    return path


def _address(name: str, address: str) -> str:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"{name} is {address!r}: it must be host:port")
    return address


def _drain_seconds(environment: Mapping[str, str]) -> float:
    return _number(environment, "CHAINCODE_DRAIN_SECONDS", DRAIN_SECONDS, 0, LONGEST_DRAIN_SECONDS)


def _limits(environment: Mapping[str, str]) -> Limits:
    usual = Limits()
    return Limits(
        running=int(_number(environment, "CHAINCODE_MAX_RUNNING", usual.running, 1, MOST_TRANSACTIONS)),
        waiting=int(_number(environment, "CHAINCODE_MAX_WAITING", usual.waiting, 0, MOST_TRANSACTIONS)),
        execute_seconds=_number(
            environment, "CHAINCODE_EXECUTE_SECONDS", usual.execute_seconds, 1, LONGEST_EXECUTE_SECONDS
        ),
    )


def _number(environment: Mapping[str, str], name: str, usual: float, least: int, most: int) -> float:
    text = environment.get(name) or str(usual)
    with contextlib.suppress(ValueError):
        number = float(text)
        if least <= number <= most:
            return number
    raise ConfigError(f"{name} is {text!r}: it must be a number from {least} to {most}")
