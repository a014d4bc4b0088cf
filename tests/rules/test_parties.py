"""Organisations, admission and licences."""

import pytest

from tests.support.titles import AUTHORITY, BANK, CARRIER, HK, NETWORK, SH, STRANGER, UNLICENSED
from tradelane.model.party import AdmitRequest, LicenceRequest, NetworkRecord, PartyRecord, PartyRole
from tradelane.rules.organisation import register, require_registered, require_unprepared
from tradelane.rules.party import admit, known, known_lei, license_role
from tradelane.rules.refusal import Code, Refused

LEI = "529900T8BM49AURSDO55"
REQUEST = AdmitRequest(party_id="newcomer", lei=LEI, roles=(PartyRole.TRADER, PartyRole.CARRIER, PartyRole.TRADER))


def test_organisations_stand_sorted() -> None:
    assert register(register(NetworkRecord(), SH), HK) == NETWORK


def test_an_organisation_registers_once() -> None:
    with pytest.raises(Refused) as refused:
        register(NETWORK, HK)
    assert refused.value.code is Code.ORGANISATION_EXISTS


def test_unregistered_organisation() -> None:
    require_registered(NETWORK, HK)
    with pytest.raises(Refused) as refused:
        require_registered(NETWORK, "SingaporeMSP")
    assert refused.value.code is Code.UNKNOWN_ORGANISATION


def test_an_organisation_is_prepared_once() -> None:
    require_unprepared(HK, None)
    with pytest.raises(Refused) as refused:
        require_unprepared(HK, b"key")
    assert refused.value.code is Code.ORGANISATION_EXISTS


def test_admission() -> None:
    record, fact = admit(REQUEST, HK, None, None)
    assert record.roles == (PartyRole.TRADER, PartyRole.CARRIER)
    assert (record.msp_id, record.licensed_roles) == (HK, ())
    assert (fact.action, fact.party_id, fact.msp_id) == ("ADMITTED", "newcomer", HK)


def test_admission_of_a_taken_id_or_identifier() -> None:
    with pytest.raises(Refused) as refused:
        admit(REQUEST, HK, BANK, None)
    assert refused.value.code is Code.PARTY_EXISTS
    with pytest.raises(Refused) as refused:
        admit(REQUEST, HK, None, "bank")
    assert refused.value.code is Code.LEI_EXISTS


def test_unknown_party() -> None:
    assert known(BANK, "bank") is BANK
    assert known_lei("bank", LEI) == "bank"
    for ask in (lambda: known(None, "bank"), lambda: known_lei(None, LEI)):
        with pytest.raises(Refused) as refused:
            ask()
        assert (refused.value.code, refused.value.status) == (Code.UNKNOWN_PARTY, 404)


def test_licence() -> None:
    request = LicenceRequest(party_id=UNLICENSED.party_id, role=PartyRole.BANK)
    record, fact = license_role(request, AUTHORITY, UNLICENSED)
    assert record.effective_roles == (PartyRole.BANK,)
    assert (fact.action, fact.role) == ("LICENSED", PartyRole.BANK)


@pytest.mark.parametrize(
    ("party", "role", "code"),
    [
        (None, PartyRole.BANK, Code.UNKNOWN_PARTY),
        (CARRIER, PartyRole.BANK, Code.FOREIGN_ORGANISATION),
        (STRANGER, PartyRole.TRADER, Code.ROLE_NOT_REGULATED),
        (STRANGER, PartyRole.BANK, Code.ROLE_NOT_HELD),
        (BANK, PartyRole.BANK, Code.ALREADY_LICENSED),
    ],
)
def test_licence_refused(party: PartyRecord | None, role: PartyRole, code: Code) -> None:
    request = LicenceRequest(party_id="somebody" if party is None else party.party_id, role=role)
    with pytest.raises(Refused) as refused:
        license_role(request, AUTHORITY, party)
    assert refused.value.code is code
