"""The endorsement rule of a title as a policy of its key."""

from tradelane.chaincode.shim.policy import Policy, all_of, n_of, signed_by
from tradelane.model.title_parts import EndorsementRule


def policy_of(rule: EndorsementRule) -> Policy:
    """Return the policy: all required organisations, and as many of the others as make up the majority."""
    required = [signed_by(msp_id) for msp_id in rule.required]
    if rule.count == 0:
        return all_of(*required)
    return all_of(*required, n_of(rule.count, *(signed_by(msp_id) for msp_id in rule.others)))
