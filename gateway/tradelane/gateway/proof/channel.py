"""A channel as one of its configurations describes it: who its members are, and which signatures its policies want."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import SerializedIdentity
from tradelane.gateway.ledger.config import ConfigGroup, ConfigTransaction
from tradelane.gateway.proof import messages
from tradelane.gateway.proof.membership import Member, Membership
from tradelane.gateway.proof.policies import ImplicitMeta, satisfied


@dataclass(frozen=True, slots=True)
class Root:
    """A CA that an organisation's membership rests on."""

    msp_id: str
    subject: str
    sha256: str
    """Of the certificate in DER, lower-case hexadecimal."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A configuration, ready to judge signatures."""

    group: ConfigGroup
    memberships: dict[str, Membership]

    @classmethod
    def of(cls, config: ConfigTransaction) -> "Channel":
        """Read a configuration.

        Raises:
            ProofError: CONFIGURATION_UNREADABLE, MEMBERSHIP_UNSUPPORTED, POLICY_UNSUPPORTED.
        """
        found: dict[str, Membership] = {}
        for level in config.channel_group.groups.values():
            for organisation in level.groups.values():
                if "MSP" in organisation.values:
                    membership = messages.membership(organisation.values["MSP"].value)
                    found.setdefault(membership.msp_id, membership)
        return cls(config.channel_group, found)

    @property
    def roots(self) -> tuple[Root, ...]:
        """The CAs of all organisations."""
        return tuple(
            Root(each.msp_id, root.subject.rfc4514_string(), _fingerprint(root))
            for each in self.memberships.values()
            for root in each.roots
        )

    def member(self, signer: SerializedIdentity) -> Member:
        """Return a signer as a member of the organisation it names.

        Raises:
            ProofError: UNKNOWN_ORGANISATION, or as `Membership.member`.
        """
        membership = self.memberships.get(signer.msp_id)
        if membership is None:
            raise ProofError(
                f"{signer.msp_id!r} is no organisation of the channel's configuration.", code="UNKNOWN_ORGANISATION"
            )
        return membership.member(signer)

    def satisfies(self, path: str, signers: Sequence[Member]) -> bool:
        """Tell whether signers satisfy a policy of the configuration.

        Args:
            path: Such as `/Channel/Application/Endorsement`.
            signers: Each once.

        Raises:
            ProofError: POLICY_MISSING, CONFIGURATION_UNREADABLE, POLICY_UNSUPPORTED.
        """
        first, *levels, name = path.strip("/").split("/") if path.count("/") > 1 else ("", "")
        group = self.group if first == "Channel" else None
        for level in levels:
            group = None if group is None else group.groups.get(level)
        if group is None:
            raise _missing(path)
        return _holds(group, name, signers, path)


def _holds(group: ConfigGroup, name: str, signers: Sequence[Member], path: str) -> bool:
    found = group.policies.get(name)
    if found is None:
        raise _missing(path)
    policy = messages.policy(found)
    if not isinstance(policy, ImplicitMeta):
        return satisfied(policy, signers)
    # As with Fabric, an organisation without the policy counts among them and never agrees.
    agreeing = [
        each
        for each in group.groups.values()
        if policy.sub_policy in each.policies and _holds(each, policy.sub_policy, signers, path)
    ]
    return len(agreeing) >= policy.enough(len(group.groups))


def _missing(path: str) -> ProofError:
    return ProofError(f"The channel's configuration has no policy {path}.", code="POLICY_MISSING")


def _fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
