"""Quantities as a title commits to them, and how a split or a combination shows that they add up.

A commitment is Pedersen's, in the group of squares modulo the prime of RFC 3526 no. 14 (2048 bits): the product of a
base for each unit to the power of the amount, and of one more base to the power of a blinding number. Multiplied, the
commitments of several documents are the commitment to their sums. So whoever sees the commitments of the titles before
and after, and the difference of their blinding numbers, checks that nothing was lost or made up, and learns no amount.
"""

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import accumulate
from math import prod
from typing import Final

from tradelane.model.dcsa import DocumentError, TransportDocument, quantities_of, read_document
from tradelane.model.identifiers import Sha256
from tradelane.model.quantities import Commitment, Conservation, Quantities

PRIME: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
_BYTES: Final = 256
_BLINDING_BYTES: Final = 32
_SCALE: Final = Decimal(1_000_000)
"""Amounts have six decimal places at most."""


def commit(quantities: Quantities, blinding: int) -> Commitment:
    """Return the commitment to a document's quantities."""
    found = _blinded(blinding)
    for measure in quantities.measures:
        found = found * pow(_base(f"unit {measure.unit}"), int(Decimal(measure.amount) * _SCALE), PRIME) % PRIME
    return found.to_bytes(_BYTES).hex()


def blinding_of(salt: bytes) -> int:
    """Return the blinding number that goes with a document's salt, and says nothing about that salt."""
    return int.from_bytes(hashlib.sha256(b"quantities" + salt).digest())


def digest_of(commitment: Commitment) -> Sha256:
    """Return what a title carries of a commitment, which would be longer than all the rest of its record."""
    return hashlib.sha256(bytes.fromhex(commitment)).hexdigest()


def quantities_digest(document: TransportDocument, salt: bytes) -> Sha256:
    """Return what a title over a document carries of the document's quantities."""
    return digest_of(commit(quantities_of(document), blinding_of(salt)))


def is_of(digest: Sha256 | None, content: bytes, salt: bytes) -> bool:
    """Tell whether a title's digest is of its document's quantities, also where an earlier release made it or none."""
    if digest is None:
        return True
    try:
        document = read_document(content).document
    except DocumentError:
        return False
    return digest in (quantities_digest(document, salt), _earlier_digest(document, salt))


def _earlier_digest(document: TransportDocument, salt: bytes) -> Sha256:
    own_salt = hashlib.sha256(b"quantities" + salt).digest()
    return hashlib.sha256(own_salt + quantities_of(document).to_json()).hexdigest()


def conservation(old: Sequence[tuple[Quantities, bytes]], new: Sequence[tuple[Quantities, bytes]]) -> Conservation:
    """Return what shows that titles conserve quantities, where they do.

    Args:
        old: Quantities and salt of the documents of the titles that are replaced.
        new: The same of those that replace them.
    """
    blindings = [sum(blinding_of(salt) for _, salt in documents) for documents in (old, new)]
    return Conservation(
        old=tuple(commit(quantities, blinding_of(salt)) for quantities, salt in old),
        new=tuple(commit(quantities, blinding_of(salt)) for quantities, salt in new),
        difference=f"{blindings[0] - blindings[1]:x}",
    )


def is_commitment(commitment: Commitment) -> bool:
    """Tell whether a number is one of the group; with others, such as 0, anything would add up."""
    number = int(commitment, 16)
    return 1 < number < PRIME and _is_square(number)


def adds_up(shown: Conservation) -> bool:
    """Tell whether the old commitments are to the same sums as the new ones, and commitments at all."""
    if not all(is_commitment(commitment) for commitment in (*shown.old, *shown.new)):
        return False
    before, after = (_product(commitments) for commitments in (shown.old, shown.new))
    return before == after * pow(_base("blinding"), int(shown.difference, 16), PRIME) % PRIME


def first_difference(old: Iterable[Quantities], new: Iterable[Quantities]) -> str | None:
    """Return the first unit of which the sums differ, None where all are equal; for who knows the amounts."""
    before, after = _sums(old), _sums(new)
    units = sorted({*before, *after})
    return next((unit for unit in units if before.get(unit, 0) != after.get(unit, 0)), None)


def _sums(documents: Iterable[Quantities]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for quantities in documents:
        for measure in quantities.measures:
            total[measure.unit] = total.get(measure.unit, Decimal(0)) + Decimal(measure.amount)
    return total


def _is_square(number: int) -> bool:
    """By Jacobi's symbol, which is Legendre's as the modulus is a prime: 70 times as fast as a power."""
    over, symbol = PRIME, 1
    while number:
        twos = (number & -number).bit_length() - 1
        number >>= twos
        if twos % 2 == 1 and 3 <= over % 8 <= 5:  # it is odd
            symbol = -symbol
        if number % 4 == over % 4 == 3:
            symbol = -symbol
        number, over = over % number, number
    return symbol == 1


def _product(commitments: Iterable[Commitment]) -> int:
    return prod(int(commitment, 16) for commitment in commitments) % PRIME


def _blinded(blinding: int) -> int:
    """The base of blinding to a power below 2^256, from powers at hand: each lodging needs one."""
    found = 1
    for byte, powers in zip(blinding.to_bytes(_BLINDING_BYTES, "little"), _powers(), strict=True):
        found = found * powers[byte % 16] * powers[16 + byte // 16] % PRIME
    return found


@cache
def _powers() -> tuple[tuple[int, ...], ...]:
    rows, base = [], _base("blinding")
    for _ in range(_BLINDING_BYTES):
        low = tuple(accumulate([base] * 15, _times, initial=1))
        sixteen = _times(low[15], base)
        high = tuple(accumulate([sixteen] * 15, _times, initial=1))
        rows.append(low + high)
        base = _times(high[15], sixteen)
    return tuple(rows)


def _times(one: int, other: int) -> int:
    return one * other % PRIME


@cache
def _base(name: str) -> int:
    """A square of which nobody knows the logarithm to another base: it comes from a hash of its name."""
    seed = hashlib.shake_256(f"TradeLane quantities: {name}".encode()).digest(_BYTES + 16)
    return pow(int.from_bytes(seed) % PRIME, 2, PRIME)
