"""Endorsement policies as values: who must sign, built from all_of, any_of and n_of.

`wire` turns them into Fabric's SignaturePolicyEnvelope. Fabric counts each endorsement for one leaf only, so a policy
must not name an organisation twice and expect one signature to do.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A peer of one organisation."""

    msp_id: str


@dataclass(frozen=True, slots=True)
class NOutOf:
    """At least `n` of `policies`."""

    n: int
    policies: "tuple[Policy, ...]"

    def __post_init__(self) -> None:
        if not 0 < self.n <= len(self.policies):
            raise ValueError(f"cannot ask for {self.n} of {len(self.policies)} policies")


Policy = SignedBy | NOutOf


def signed_by(msp_id: str) -> SignedBy:
    """Require a peer of this organisation."""
    return SignedBy(msp_id)


def n_of(n: int, *policies: Policy) -> Policy:
    """Require at least n of the policies."""
    return NOutOf(n, policies)


def all_of(*policies: Policy) -> Policy:
    """Require all of the policies."""
    return NOutOf(len(policies), policies)


def any_of(*policies: Policy) -> Policy:
    """Require one of the policies."""
    return NOutOf(1, policies)
