"""Blocks recorded on a real network (`record.py`), read here and held against Fabric's own account of them."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.gateway.ledger.recorded import FACTS, PRIVATE_KEY, PRIVATE_VALUE, RECORDED, one, recorded
from tests.support.block_account import account, differences
from tradelane.gateway import ledger
from tradelane.gateway.errors import BrokenLedger
from tradelane.gateway.ledger.rwsets import ReadWriteSet, Write

NAMES = ("genesis", *(name for name in FACTS if name[0] != "_"))


def namespace(name: str, space: str = "semantics") -> ReadWriteSet:
    action = one(name).action
    assert action is not None
    return next(each for each in action.read_write_sets if each.namespace == space)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_holds_what_fabric_says_it_holds(name: str) -> None:
    theirs = json.loads((RECORDED / f"{name}.json").read_text())
    assert differences(account(recorded(name)), theirs) == []


def test_the_comparison_finds_a_difference() -> None:
    theirs = json.loads((RECORDED / "everything.json").read_text())
    block = recorded("everything")
    other = replace(block, header=replace(block.header, number=7))
    assert differences(account(other), theirs) == ["$.header.number: '7' here, '6' there"]


@pytest.mark.parametrize("name", NAMES)
def test_a_block_is_written_as_it_was_read(name: str) -> None:
    assert ledger.encode_block(recorded(name)) == (RECORDED / f"{name}.block").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_hashes_ids_and_signatures_fit(name: str) -> None:
    block = recorded(name)
    ledger.check_block(block)
    assert len(ledger.check_orderers(block)) == (0 if name == "genesis" else 1)
    if name != "genesis":  # which nobody signed
        for transaction in block.transactions:
            ledger.check_transaction(transaction)


@pytest.mark.parametrize("name", [name for name in FACTS if name[0] != "_"])
def test_a_transaction_has_the_code_its_client_was_told(name: str) -> None:
    transaction_id, code = FACTS[name]
    assert one(name).id == transaction_id
    assert one(name).validation_code == code
    assert one(name).is_valid == (code == "VALID")


def test_reads_writes_ranges_events_and_policies_are_there() -> None:
    action = one("everything").action
    assert action is not None
    assert (action.chaincode, action.function, action.response.status) == ("semantics", b"run", 200)
    assert action.event is not None
    assert (action.event.name, action.event.payload) == ("Done", b"told")
    assert {each.endorser.msp_id for each in action.endorsements} == {"HongKongMSP", "ShanghaiMSP"}
    found = namespace("everything")
    assert [(read.key, read.version) for read in found.reads] == [("absent", None)]
    assert found.writes == (Write("title-1", '{"holder":"北京 bank"}'.encode(), is_delete=False),)
    [query] = found.range_queries
    assert (len(query.reads), query.exhausted, query.merkle) == (3, True, None)
    [metadata] = found.metadata_writes
    assert (metadata.key, metadata.entries[0].name) == ("title-1", "VALIDATION_PARAMETER")


def test_a_private_write_is_seen_as_the_hashes_of_key_and_value() -> None:
    collections = namespace("everything").collections
    assert [each.name for each in collections] == ["_implicit_org_HongKongMSP", "directory"]
    for collection in collections:
        [write] = collection.writes
        assert write.key_hash == sha256(PRIVATE_KEY.encode()).digest()
        assert write.value_hash == sha256(PRIVATE_VALUE.encode()).digest()
    [metadata] = collections[1].metadata_writes
    assert metadata.entries[0].name == "VALIDATION_PARAMETER"


def test_deleting_and_purging_are_told_apart() -> None:
    [deleted, purged] = [each.writes[0] for each in namespace("gone").collections]
    assert (deleted.is_delete, deleted.is_purge) == (True, False)
    assert purged.is_purge
    assert [(each.key, each.is_delete) for each in namespace("gone").writes] == [("hot", True)]


def test_a_long_range_is_summed_up_in_hashes() -> None:
    [query] = namespace("summary").range_queries
    assert query.reads == ()
    assert query.merkle is not None
    assert query.merkle.max_level_hashes


def test_the_first_block_names_the_organisations() -> None:
    config = one("genesis").config
    assert config is not None
    assert config.application_organisations == ("HongKongMSP", "ShanghaiMSP")
    assert config.orderer_organisations == ("HongKongMSP", "OperatorMSP", "ShanghaiMSP")
    assert recorded("everything").metadata.last_config == 0


def test_a_filtered_block_has_outcomes_and_no_content() -> None:
    found = ledger.decode_filtered_block((RECORDED / "everything.filtered").read_bytes())
    assert (found.channel, found.number) == ("trade", recorded("everything").number)
    [transaction] = found.transactions
    assert [transaction.id, transaction.validation_code] == FACTS["everything"]
    assert [(event.name, event.payload) for event in transaction.events] == [("Done", b"")]


def test_private_data_is_what_its_hashes_were_made_over() -> None:
    found = ledger.decode_block_and_private_data((RECORDED / "everything.private").read_bytes())
    assert found.block == recorded("everything")
    kept = found.private_data[0][0]
    hashed = namespace("everything").collections[0]
    assert (kept.namespace, kept.collection) == ("semantics", hashed.name)
    assert sha256(kept.encoded).digest() == hashed.private_hash
    [write] = kept.writes
    assert (write.key, write.value, write.is_delete) == (PRIVATE_KEY, PRIVATE_VALUE.encode(), False)


def test_what_was_purged_later_is_delivered_no_more() -> None:
    found = ledger.decode_block_and_private_data((RECORDED / "everything.private").read_bytes())
    purged = found.private_data[0][1]
    assert (purged.collection, purged.writes, purged.metadata_keys) == ("directory", (), (PRIVATE_KEY,))
    assert PRIVATE_VALUE.encode() not in purged.encoded


def test_private_content_is_in_no_repr() -> None:
    found = ledger.decode_block_and_private_data((RECORDED / "everything.private").read_bytes())
    assert PRIVATE_VALUE not in repr(found)
    shown = repr(found.private_data) + repr(found.private_data[0][0].writes)
    assert PRIVATE_VALUE not in shown
    assert PRIVATE_KEY not in shown


def test_another_transaction_in_a_block_is_noticed() -> None:
    block = recorded("everything")
    with pytest.raises(BrokenLedger) as refused:
        ledger.check_block(replace(block, transactions=(one("gone"),)))
    assert refused.value.code == "DATA_HASH_DIFFERS"


def test_a_block_after_another_one_is_noticed() -> None:
    block = recorded("everything")
    following = replace(block, header=replace(block.header, number=7, previous_hash=block.header.hash))
    ledger.check_link(block, following)
    for header, code in (
        (replace(following.header, number=8), "NOT_NEXT"),
        (replace(following.header, previous_hash=bytes(32)), "PREVIOUS_HASH_DIFFERS"),
    ):
        with pytest.raises(BrokenLedger) as refused:
            ledger.check_link(block, replace(following, header=header))
        assert refused.value.code == code


def test_a_changed_header_breaks_the_orderers_signature() -> None:
    block = recorded("everything")
    with pytest.raises(BrokenLedger) as refused:
        ledger.check_orderers(replace(block, header=replace(block.header, number=7)))
    assert refused.value.code == "SIGNATURE_WRONG"


def test_a_changed_transaction_is_noticed() -> None:
    transaction = one("everything")
    [action] = transaction.actions
    [endorsement, *_] = action.endorsements
    others = one("gone").actions[0].endorsements
    for changed, code in (
        (replace(transaction, unreadable="why"), "TRANSACTION_UNREADABLE"),
        (replace(transaction, nonce=b"other"), "TRANSACTION_ID_DIFFERS"),
        (replace(transaction, signature=endorsement.signature), "SIGNATURE_WRONG"),
        (replace(transaction, payload=b"other"), "SIGNATURE_WRONG"),
        (replace(transaction, actions=(replace(action, proposal_hash=b"other"),)), "PROPOSAL_HASH_DIFFERS"),
        (replace(transaction, actions=(replace(action, endorsements=others),)), "SIGNATURE_WRONG"),
    ):
        with pytest.raises(BrokenLedger) as refused:
            ledger.check_transaction(changed)
        assert refused.value.code == code
