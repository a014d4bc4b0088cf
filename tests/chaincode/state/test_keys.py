"""No two things share a key, and an id never reaches into another's."""

import json
from hashlib import sha256

from tests.support.titles import title
from tradelane.chaincode.shim.keys import partial_range
from tradelane.chaincode.state import keys
from tradelane.model.base import canonical_json

A, B = "a" * 32, "b" * 32


def test_public_keys_are_distinct() -> None:
    found = [
        keys.network().key,
        keys.party("bank").key,
        keys.party_of_lei("bank").key,
        keys.title(A).key,
        keys.title_of_document(A, "HongKongMSP").key,
        keys.held("bank", A),
        keys.of_party("bank", A),
        keys.title_of_exit(A).key,
    ]
    assert len(set(found)) == len(found)
    assert all(key.startswith("\x00") for key in found)


def test_private_keys_are_distinct() -> None:
    msp_id = "HongKongMSP"
    found = [
        keys.document(msp_id, A, msp_id),
        keys.document(msp_id, A, "ShanghaiMSP"),
        keys.lodged(msp_id, A),
        keys.reference(msp_id, A),
        keys.reference_key(msp_id),
        keys.grant(msp_id, A, "bank"),
        keys.directory_entry("bank"),
        keys.remark(A, 1),
    ]
    assert len(set(found)) == len(found)
    assert {collection for collection, _ in found} == {f"_implicit_org_{msp_id}", "directory", "remarks"}


def test_an_index_of_one_party_holds_nobody_elses_titles() -> None:
    start, end = partial_range(keys.HELD, ["bank"])
    assert start <= keys.held("bank", A) < end
    assert not start <= keys.held("bank-2", A) < end
    assert not start <= keys.held("ban", A) < end
    start, end = partial_range(keys.PARTY, [])
    assert start <= keys.party("bank").key < end
    assert not start <= keys.party_of_lei("529900T8BM49AURSDO55").key < end


def test_an_index_key_ends_with_the_id_it_points_to() -> None:
    assert keys.last_part(keys.held("bank", A)) == A
    assert keys.last_part(keys.of_party("bank", B)) == B


def test_a_title_read_from_its_slot_is_named_by_what_is_stored_there() -> None:
    """Whatever a later release would write in its place."""
    values = json.loads(title().to_json())
    del values["replaces"]
    stored = canonical_json(values)
    assert keys.title(A).decode(stored).digest == sha256(stored).hexdigest() != title().digest
