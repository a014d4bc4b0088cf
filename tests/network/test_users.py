"""Users: what a certificate may say, and what it must not."""

import pytest

from tradelane.network.authority import IdentityType
from tradelane.network.errors import UserInvalid
from tradelane.network.users import Role, User


def test_a_signer_carries_party_and_role() -> None:
    applicant = User("alice", Role.SIGNER, "victoria-bank").applicant
    assert applicant.type is IdentityType.CLIENT
    assert applicant.attributes == {"tradelane.party": "victoria-bank", "tradelane.role": "signer"}


def test_an_admin_is_one_by_unit_and_acts_for_no_party() -> None:
    applicant = User("root", Role.ADMIN).applicant
    assert applicant.type is IdentityType.ADMIN
    assert not applicant.attributes


@pytest.mark.parametrize("name", ["", "Alice", "../alice", "a/b", "-a", ".a", "a..b", "a b", "a" * 64, "é", "a\n"])
def test_a_name_that_is_no_directorys_name_is_refused(name: str) -> None:
    with pytest.raises(UserInvalid, match="User name"):
        User(name, Role.SIGNER, "victoria-bank").check()


@pytest.mark.parametrize("party", [None, "", "a b", "a\n", "ü", "x" * 129])
def test_a_signer_without_a_proper_party_is_refused(party: str | None) -> None:
    with pytest.raises(UserInvalid, match="--party"):
        User("alice", Role.SIGNER, party).check()


def test_an_admin_with_a_party_is_refused() -> None:
    with pytest.raises(UserInvalid, match="give no party"):
        User("root", Role.ADMIN, "victoria-bank").check()


def test_names_as_people_write_them_are_taken() -> None:
    for name in ("a", "alice", "alice-2", "a.b_c", "7"):
        User(name, Role.VIEWER, "victoria-bank").check()
