"""Endorsement policies as values: who must sign, built from all_of, any_of and n_of.

`wire` turns them into Fabric's SignaturePolicyEnvelope. Fabric counts each endorsement for one leaf only, so a policy
must not name an organisation twice and expect one signature to do.
"""

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Who of an organisation, with Fabric's numbers; endorsers are peers."""

    MEMBER = 0
    ADMIN = 1
    CLIENT = 2
    PEER = 3
    ORDERER = 4


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Somebody of one organisation, a peer unless said otherwise."""

    msp_id: str
    role: Role = Role.PEER


@dataclass(frozen=True, slots=True)
class NOutOf:
    """At least `n` of `policies`."""

    n: int
    policies: "tuple[Policy, ...]"

    def __post_init__(self) -> None:
        if not 0 < self.n <= len(self.policies):
            raise ValueError(f"cannot ask for {self.n} of {len(self.policies)} policies")


Policy = SignedBy | NOutOf


def signed_by(msp_id: str, role: Role = Role.PEER) -> SignedBy:
    """Require a peer of this organisation, or another role there."""
    return SignedBy(msp_id, role)


def n_of(n: int, *policies: Policy) -> Policy:
    """Require at least n of the policies."""
    return NOutOf(n, policies)


def all_of(*policies: Policy) -> Policy:
    """Require all of the policies."""
    return NOutOf(len(policies), policies)


def any_of(*policies: Policy) -> Policy:
    """Require one of the policies."""
    return NOutOf(1, policies)


def msp_ids(policy: Policy) -> tuple[str, ...]:
    """Return the organisations which a policy names, sorted, each once."""
    if isinstance(policy, SignedBy):
        return (policy.msp_id,)
    return tuple(sorted({msp_id for each in policy.policies for msp_id in msp_ids(each)}))
