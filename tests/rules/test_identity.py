"""Who may ask at all: everything unclear is denied."""

import pytest

from tests.support.titles import AUTHORITY, BANK, HK, SH
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.rules.identity import Caller, UserRole, administrator, authority, party_of, reader, signer
from tradelane.rules.refusal import Code, Refused

SIGNER = Caller(HK, "bank", UserRole.SIGNER, is_admin=False)
VIEWER = Caller(HK, "bank", UserRole.VIEWER, is_admin=False)
ADMIN = Caller(HK, None, UserRole.VIEWER, is_admin=True)
NOBODY = Caller(HK, None, UserRole.SIGNER, is_admin=False)
FOREIGNER = Caller(SH, "bank", UserRole.SIGNER, is_admin=False)


def test_the_right_caller_passes() -> None:
    assert party_of(SIGNER) == "bank"
    assert signer(SIGNER, BANK) is BANK
    assert reader(SIGNER, BANK) is BANK
    assert reader(VIEWER, BANK) is BANK
    assert administrator(ADMIN) == HK
    assert authority(AUTHORITY) is AUTHORITY


@pytest.mark.parametrize(
    ("caller", "party", "code", "status"),
    [
        (NOBODY, None, Code.NOT_IDENTIFIED, 403),
        (ADMIN, None, Code.NOT_IDENTIFIED, 403),
        (SIGNER, None, Code.UNKNOWN_PARTY, 404),
        (FOREIGNER, BANK, Code.FOREIGN_ORGANISATION, 403),
        (VIEWER, BANK, Code.NOT_SIGNER, 403),
    ],
)
def test_refused_to_act(caller: Caller, party: PartyRecord | None, code: Code, status: int) -> None:
    with pytest.raises(Refused) as refused:
        signer(caller, party)
    assert (refused.value.code, refused.value.status) == (code, status)


@pytest.mark.parametrize("caller", [SIGNER, VIEWER, NOBODY])
def test_refused_to_administer(caller: Caller) -> None:
    with pytest.raises(Refused) as refused:
        administrator(caller)
    assert refused.value.code is Code.NOT_ADMIN


def test_refused_as_authority() -> None:
    with pytest.raises(Refused) as refused:
        authority(BANK)
    assert refused.value.code is Code.NOT_AUTHORITY


def test_regulated_roles_have_effect_only_once_licensed() -> None:
    both = BANK.model_copy(update={"roles": (PartyRole.BANK, PartyRole.TRADER), "licensed_roles": ()})
    assert both.effective_roles == (PartyRole.TRADER,)
    assert BANK.effective_roles == (PartyRole.BANK,)
