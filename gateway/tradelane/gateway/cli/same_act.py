"""The command by which a member of a joint party asks for the same as another one did."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tradelane.gateway.cli import output
from tradelane.model.joint import AgreementView
from tradelane.model.title_parts import Action

_COMMANDS: Final[Mapping[Action, tuple[str, str]]] = {
    Action.SIGN: ("sign", "--remark"),
    Action.TRANSFER: ("transfer", ""),
    Action.NOMINATE: ("nominate", ""),
    Action.ENDORSE: ("endorse", ""),
    Action.ENDORSE_TO_ORDER: ("endorse --to-order", ""),
    Action.ENDORSE_AND_TRANSFER: ("endorse --with-possession", ""),
    Action.BLANK_ENDORSE: ("endorse --blank", ""),
    Action.REFUSE: ("refuse", "--reason"),
    Action.PLEDGE: ("pledge", ""),
    Action.RELEASE: ("release", ""),
    Action.ENFORCE: ("enforce", "--reason"),
    Action.SUBSTITUTE_PLEDGEE: ("substitute-pledgee", ""),
    Action.SURRENDER_FOR_DELIVERY: ("surrender --for delivery", ""),
    Action.SURRENDER_FOR_AMENDMENT: ("surrender --for amendment", "--remark"),
    Action.SACC: ("accept", "--paper"),
    Action.SREJ: ("reject", "--reason"),
    Action.ACCOMPLISH: ("accomplish", "--delivery-order"),
    Action.VOID: ("void", "--remark"),
    Action.FREEZE: ("freeze", "--order"),
    Action.UNFREEZE: ("unfreeze", "--order"),
    Action.RECOVER: ("recover", "--order"),
}
"""Of each act its command, and the option that takes the words, if one does."""
_OPTIONS: Final = {
    "subject": "--from",
    "recipient": "--to",
    "frozenBy": "--frozen-by",
    "reasonCode": "--reason-code",
    "refusableUntil": "--refusable-until",
    "expectedSequence": "--seen",
}
_SAID_OTHERWISE: Final = {"titleId", "jointParty", "actionCode"}
_SHARING: Final = frozenset(
    {
        Action.TRANSFER,
        Action.ENDORSE,
        Action.ENDORSE_TO_ORDER,
        Action.ENDORSE_AND_TRANSFER,
        Action.PLEDGE,
        Action.SUBSTITUTE_PLEDGEE,
    }
)
_READ_BY_SHELLS: Final = frozenset("\\!\u2018\u2019\u201a\u201b")
"""What some shell does not take as it stands between single quotes: fish the first, csh the second, PowerShell all
others."""
FEEDBACK_FILE: Final = "FILE"
"""Stands for a file that the member has to make of the feedback."""


def request_of(view: AgreementView) -> dict[str, Any]:
    """Return what is asked for, but for title, joint party and act; nothing where it was not noted."""
    found = {} if view.agreement.request is None else json.loads(view.agreement.request)
    return {name: value for name, value in found.items() if name not in _SAID_OTHERWISE}


def command(view: AgreementView, acting: Sequence[str] = ()) -> str | None:
    """Return the command that asks for the same, None where none is known to.

    Args:
        view: What is asked for, as the member is shown it.
        acting: Options before the command that say who acts.
    """
    noted, asked = view.agreement, request_of(view)
    known = None if noted.action_code is None else _COMMANDS.get(noted.action_code)
    said = None if known is None else _said(view, known[1])
    if known is None or said is None or not asked.keys() <= _OPTIONS.keys():
        return None
    name, *flags = known[0].split()
    options = [word for field, option in _OPTIONS.items() if field in asked for word in (option, str(asked[field]))]
    words = ["tradelane", *acting, "ebl", name, noted.title_id, *flags, *options, *said, "--jointly", noted.joint_party]
    # The words are others', and a shell runs what it is given: quoted, and without what quotes do not hold, they are
    # nothing but words.
    return shlex.join(words)


def shared_with(view: AgreementView) -> str | None:
    """Return who is also given the document by whom asks last, unless that member says otherwise; None for nobody."""
    recipient = request_of(view).get("recipient") if view.agreement.action_code in _SHARING else None
    return None if recipient is None else str(recipient)


def _said(view: AgreementView, option: str) -> list[str] | None:
    """Return the words as options; None where they are not at hand, or would not survive being copied."""
    if view.agreement.words is None:
        return []
    if view.remark is None or not option:
        return None
    if not output.is_whole(view.remark) or not _READ_BY_SHELLS.isdisjoint(view.remark):
        return None
    if not view.feedback:
        return [option, view.remark]
    is_rejection = view.agreement.action_code is Action.SREJ
    return [option, view.remark, "--feedback", FEEDBACK_FILE] if is_rejection else None
