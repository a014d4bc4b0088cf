"""Who must sign, as Fabric decides it: each signature counts for one place of a policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tradelane.gateway.proof.membership import Member
from tradelane.model.title_parts import EndorsementRule


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Somebody of an organisation in a role: member, admin, client, peer or orderer."""

    msp_id: str
    role: str


@dataclass(frozen=True, slots=True)
class OutOf:
    """At least `n` of the rules."""

    n: int
    rules: "tuple[Policy, ...]"


Policy = SignedBy | OutOf


@dataclass(frozen=True, slots=True)
class ImplicitMeta:
    """Enough of the organisations, each by its own policy of one name."""

    rule: Literal["ANY", "ALL", "MAJORITY"] | str
    sub_policy: str

    def enough(self, organisations: int) -> int:
        """Return how many of so many organisations must have signed."""
        wanted = {"ANY": 1, "ALL": organisations, "MAJORITY": organisations // 2 + 1}[self.rule]
        return min(wanted, organisations)


def satisfied(policy: Policy, signers: Sequence[Member]) -> bool:
    """Tell whether these signers, each named once, satisfy a policy."""
    return _satisfied(policy, signers, [False] * len(signers))


def rule_of(rule: EndorsementRule) -> Policy:
    """Return the key-level policy that goes with a title's endorsement rule."""
    required = tuple(SignedBy(msp_id, "peer") for msp_id in rule.required)
    if rule.count == 0:
        return OutOf(len(required), required)
    others = OutOf(rule.count, tuple(SignedBy(msp_id, "peer") for msp_id in rule.others))
    return OutOf(len(required) + 1, (*required, others))


def words(policy: Policy) -> str:
    """Say who must sign, for people."""
    match policy:
        case SignedBy(msp_id, role):
            return f"{msp_id}.{role}"
        case OutOf(n, rules):
            parts = ", ".join(words(each) for each in rules)
            return f"{'all' if n == len(rules) else n} of ({parts})"


def _satisfied(policy: Policy, signers: Sequence[Member], used: list[bool]) -> bool:
    """As Fabric's own evaluation: in order, without going back on a choice."""
    match policy:
        case SignedBy(msp_id, role):
            for index, signer in enumerate(signers):
                if not used[index] and signer.is_one(msp_id, role):
                    used[index] = True
                    return True
            return False
        case OutOf(n, rules):
            tried = list(used)
            count = sum([_satisfied(rule, signers, tried) for rule in rules])
            if count >= n:
                used[:] = tried
            return count >= n
