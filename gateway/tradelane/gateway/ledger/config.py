"""A channel's configuration: records, and reading them from Fabric's messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fabric_protos.common import common_pb2, configtx_pb2


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """One setting; what its bytes mean depends on its name."""

    version: int
    mod_policy: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConfigPolicy:
    """One policy; `type` is Fabric's PolicyType by number (1 signature, 3 implicit meta)."""

    version: int
    mod_policy: str
    type: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConfigGroup:
    """One level of the configuration: the channel, `Application`, `Orderer`, and the organisations in these."""

    version: int
    mod_policy: str
    groups: Mapping[str, "ConfigGroup"]
    values: Mapping[str, ConfigValue]
    policies: Mapping[str, ConfigPolicy]


@dataclass(frozen=True, slots=True)
class ConfigTransaction:
    """The channel's whole configuration from a block on."""

    sequence: int
    """How many updates came before."""
    channel_group: ConfigGroup
    last_update: bytes = field(repr=False)
    """The envelope of the update that led here, with its signatures; empty in the first block."""

    @property
    def application_organisations(self) -> tuple[str, ...]:
        """Names of the organisations that may have peers, as the configuration calls them."""
        return _organisations(self.channel_group, "Application")

    @property
    def orderer_organisations(self) -> tuple[str, ...]:
        """Names of the organisations that may have orderers."""
        return _organisations(self.channel_group, "Orderer")


def config_transaction(data: bytes) -> ConfigTransaction:
    """Read a configuration.

    Raises:
        google.protobuf.message.DecodeError: The bytes are no ConfigEnvelope.
    """
    found = configtx_pb2.ConfigEnvelope.FromString(data)
    last_update: common_pb2.Envelope = found.last_update
    return ConfigTransaction(
        sequence=found.config.sequence,
        channel_group=_group(found.config.channel_group),
        last_update=last_update.SerializeToString(),
    )


def _group(message: Any) -> ConfigGroup:  # noqa: ANN401 -- Fabric ships no types
    return ConfigGroup(
        version=message.version,
        mod_policy=message.mod_policy,
        groups={name: _group(one) for name, one in sorted(message.groups.items())},
        values={
            name: ConfigValue(one.version, one.mod_policy, one.value) for name, one in sorted(message.values.items())
        },
        policies={
            name: ConfigPolicy(one.version, one.mod_policy, one.policy.type, one.policy.value)
            for name, one in sorted(message.policies.items())
        },
    )


def _organisations(channel: ConfigGroup, name: str) -> tuple[str, ...]:
    group = channel.groups.get(name)
    return tuple(group.groups) if group else ()
