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
class Opaque:
    """A policy on the ledger which the other values cannot express, such as one of organisational units.

    It can be compared and written again as it is, and no more: its organisations are not known, and it is no part of
    another policy.
    """

    encoded: bytes


@dataclass(frozen=True, slots=True)
class NOutOf:
    """At least `n` of `policies`."""

    n: int
    policies: "tuple[Policy, ...]"

    def __post_init__(self) -> None:
        if any(isinstance(each, Opaque) for each in self.policies):
            raise ValueError("an opaque policy cannot be part of another")
        if not 0 < self.n <= len(self.policies):
            raise ValueError(f"cannot ask for {self.n} of {len(self.policies)} policies")


Policy = SignedBy | NOutOf | Opaque


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
    """Return the organisations which a policy names, sorted, each once; Go's ListOrgs.

    Raises:
        ValueError: The policy is opaque.
    """
    match policy:
        case Opaque():
            raise ValueError("the organisations of an opaque policy are not known")
        case SignedBy(msp_id):
            return (msp_id,)
        case NOutOf(_, policies):
            return tuple(sorted({msp_id for each in policies for msp_id in msp_ids(each)}))


def with_organisations(policy: Policy | None, *msp_ids: str, role: Role = Role.PEER) -> Policy:
    """Require these organisations too; Go's AddOrgs.

    The result is Go's to the byte: all of the organisations, sorted. One that is named already gets the role.

    Args:
        policy: What is required now: an organisation, all of several, or None for nothing. To replace what is there,
            be it opaque, begin with None.
        msp_ids: The organisations to add.
        role: Who of them must sign.

    Raises:
        ValueError: Not all organisations of the policy must sign, which adding one does not express; or none is named.
    """
    return _all_signed(_roles(policy) | dict.fromkeys(msp_ids, role))


def without_organisations(policy: Policy | None, *msp_ids: str) -> Policy:
    """Require these organisations no longer, whether they were required or not; Go's DelOrgs.

    Raises:
        ValueError: As `with_organisations`. Without any organisation anybody could change the key: Go writes such a
            policy.
    """
    return _all_signed({msp_id: role for msp_id, role in _roles(policy).items() if msp_id not in msp_ids})


def _roles(policy: Policy | None) -> dict[str, Role]:
    match policy:
        case None:
            return {}
        case SignedBy(msp_id, role):
            return {msp_id: role}
        case NOutOf(n, policies) if n == len(policies):
            leaves = [each for each in policies if isinstance(each, SignedBy)]
            if len({each.msp_id for each in leaves}) == n:
                return {each.msp_id: each.role for each in leaves}
    raise ValueError("only a policy which all of its organisations must satisfy can be changed by organisations")


def _all_signed(roles: dict[str, Role]) -> Policy:
    return all_of(*(SignedBy(msp_id, roles[msp_id]) for msp_id in sorted(roles)))
