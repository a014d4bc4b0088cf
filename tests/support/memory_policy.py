"""Who must have endorsed: Fabric's evaluation of policies over the organisations which signed."""

from collections.abc import Iterable
from dataclasses import dataclass

from tradelane.chaincode.shim.policy import NOutOf, Opaque, Policy, Role, SignedBy, n_of, signed_by

IMPLICIT_PREFIX = "_implicit_org_"


@dataclass(frozen=True)
class Collection:
    """A private data collection; without a policy of its own the chaincode's policy governs writes."""

    name: str
    members: tuple[str, ...]
    policy: Policy | None = None
    member_only_read: bool = True
    member_only_write: bool = True


def implicit_collection(msp_id: str) -> Collection:
    """Return the collection every organisation has of itself: anyone may propose writes, it alone endorses them."""
    return Collection(
        IMPLICIT_PREFIX + msp_id, (msp_id,), signed_by(msp_id), member_only_read=False, member_only_write=False
    )


def majority_of(msp_ids: Iterable[str]) -> Policy:
    """Return the channel's default policy: more than half of the organisations."""
    members = sorted(msp_ids)
    return n_of(len(members) // 2 + 1, *map(signed_by, members))


def satisfied(policy: Policy, endorsing: Iterable[str]) -> bool:
    """Tell whether these organisations, one peer each, satisfy a policy; a signature counts for one leaf only."""
    return _evaluate(policy, frozenset(endorsing)) is not None


def _evaluate(policy: Policy, unused: frozenset[str]) -> frozenset[str] | None:
    """Return the signatures left over, None when the policy is not satisfied."""
    if isinstance(policy, Opaque):
        raise NotImplementedError("the in-memory ledger evaluates no opaque policies")
    if isinstance(policy, SignedBy):
        matches = policy.msp_id in unused and policy.role in (Role.PEER, Role.MEMBER)  # peers are members too
        return unused - {policy.msp_id} if matches else None
    return _evaluate_n_of(policy, unused)


def _evaluate_n_of(policy: NOutOf, unused: frozenset[str]) -> frozenset[str] | None:
    # Fabric goes on after the n-th success, so a nested policy may use up signatures which it would not need.
    count = 0
    for each in policy.policies:
        left = _evaluate(each, unused)
        if left is not None:
            count, unused = count + 1, left
    return unused if count >= policy.n else None
