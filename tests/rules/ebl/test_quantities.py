"""Commitments to quantities: they bind, they hide, and they add up."""

import math
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.trade import example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import quantities_of, read_document
from tradelane.model.quantities import Conservation, Measure, Quantities
from tradelane.rules.ebl.quantities import (
    PRIME,
    adds_up,
    blinding_of,
    commit,
    conservation,
    digest_of,
    first_difference,
    is_commitment,
    is_of,
    quantities_digest,
)

amounts = st.decimals(min_value=0, max_value=10**12, places=6).map(lambda amount: f"{amount:f}")
blindings = st.integers(0, 2**256 - 1)
QUICK = settings(max_examples=40, deadline=None)


def of(kilograms: str, packages: str = "0") -> Quantities:
    return Quantities(measures=(Measure(unit="KGM", amount=kilograms), Measure(unit="PACKAGES", amount=packages)))


def test_the_group_is_that_of_the_standard() -> None:
    """RFC 3526 gives the prime by pi; it and the half of it are primes, so squares have no small subgroup."""
    pi_scaled = int(math.pi * 2**50)  # the digits of pi that a double has
    assert PRIME.bit_length() == 2048
    assert pi_scaled == ((PRIME >> 64) & (2**1920 - 1)) >> (1920 - 52)
    assert all(_probably_prime(number) for number in (PRIME, PRIME // 2))


def _probably_prime(number: int) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13):
        found = pow(base, odd, number)
        if found in {1, number - 1}:
            continue
        if not any((found := pow(found, 2, number)) == number - 1 for _ in range(twos - 1)):
            return False
    return True


@QUICK
@given(blindings)
def test_blinding_is_a_power(blinding: int) -> None:
    alone = commit(Quantities(measures=()), blinding)
    assert int(alone, 16) == pow(int(commit(Quantities(measures=()), 1), 16), blinding, PRIME)


@QUICK
@given(amounts, amounts, blindings, blindings)
def test_commitments_are_equal_only_for_the_same(one: str, other: str, first: int, second: int) -> None:
    same = (one, first) == (other, second)
    assert (commit(of(one), first) == commit(of(other), second)) == same


def test_a_commitment_does_not_show_what_can_be_guessed() -> None:
    """Without the salt nobody finds out by trying that a document is about so many packages."""
    salts = [bytes([number]) * 32 for number in range(20)]
    assert len({commit(of("1", "1480"), blinding_of(salt)) for salt in salts}) == len(salts)
    assert all(blinding_of(salt).to_bytes(32) != salt for salt in salts)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 10**9), st.binary(min_size=32, max_size=32)), min_size=1, max_size=5))
def test_sums_add_up_whatever_the_salts(parts: list[tuple[int, bytes]]) -> None:
    whole = of(str(sum(amount for amount, _ in parts))), b"w" * 32
    documents = [(of(str(amount)), salt) for amount, salt in parts]
    assert adds_up(conservation([whole], documents))
    assert adds_up(conservation(documents, [whole]))
    assert not adds_up(conservation([whole], [*documents, (of("0.000001"), b"x" * 32)]))


def test_a_titles_digest_is_its_documents_also_from_an_earlier_release() -> None:
    content, salt = canonicalize(example_document()), b"s" * 32
    document = read_document(content).document
    opened = sha256(b"quantities" + salt).digest() + quantities_of(document).to_json()
    for digest in (quantities_digest(document, salt), sha256(opened).hexdigest()):
        assert is_of(digest, content, salt)
        assert not is_of(digest, content, b"t" * 32)
    assert is_of(None, content, salt)
    assert not is_of(digest_of(bare(0)), content, salt)
    assert not is_of(digest_of(bare(0)), b"{}", salt)


def bare(number: int) -> str:
    return f"{number:0512x}"


@pytest.mark.parametrize("number", [0, 1, PRIME - 1, PRIME, PRIME + 4, PRIME - 4, 2**2048 - 1])
def test_what_is_no_commitment_adds_up_to_nothing(number: int) -> None:
    """0 = 0 times anything, whatever the documents are about; elsewhere signs could be lost."""
    assert not is_commitment(bare(number))
    forged = Conservation(old=(bare(number),), new=(bare(number), bare(1)), difference="0")
    assert not adds_up(forged)
    honest = commit(of("999999"), 1)
    assert not adds_up(Conservation(old=(bare(number),), new=(bare(number), honest), difference="0"))


def test_one_foreign_number_spoils_all_the_others() -> None:
    shown = conservation([(of("2"), b"a" * 32)], [(of("1"), b"b" * 32)] * 2)
    assert adds_up(shown)
    turned = tuple(bare(PRIME - int(commitment, 16)) for commitment in shown.new)  # two signs cancel out
    assert not adds_up(shown.model_copy(update={"new": turned}))


@QUICK
@given(st.integers(2, PRIME - 1))
def test_squares_are_told_from_others(number: int) -> None:
    assert is_commitment(bare(number)) == (pow(number, (PRIME - 1) // 2, PRIME) == 1)


def test_what_is_shown_fits_into_a_request_and_reads_back() -> None:
    shown = conservation([(of("1"), b"a" * 32)] * 50, [(of("50"), b"b" * 32)])
    assert Conservation.from_json(shown.to_json()) == shown
    assert adds_up(shown)


@pytest.mark.parametrize(("old", "new", "unit"), [("1", "1.0", None), ("1", "2", "KGM")])
def test_who_knows_the_amounts_is_told_the_unit(old: str, new: str, unit: str | None) -> None:
    assert first_difference([of(old, "3")], [of(new, "3")]) == unit
    assert first_difference([of(old, "3")], [of(old, "4")]) == "PACKAGES"
