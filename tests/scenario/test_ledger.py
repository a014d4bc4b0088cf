"""The chain of the real network: every question, every block checked, and nothing private to be seen."""

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest

from examples.story.acts import CARRIER, EXPORTER, issuance_request
from tests.support import go_program
from tests.support.block_account import account, differences
from tests.support.identifiers import fresh_lei
from tests.support.pki import Authority
from tests.support.told import Told
from tradelane.chaincode.state import keys
from tradelane.gateway import Gateway, Identity, connect_to, documents, ebl, ledger, transport
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import AccessDenied, NotFound
from tradelane.gateway.ledger.policy import policy_text
from tradelane.gateway.ledger.rwsets import ReadWriteSet
from tradelane.gateway.profile import load_profile
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.party import AdmitRequest, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.network import Network

pytestmark = pytest.mark.network
GO = Path(__file__).parents[1] / "gateway" / "ledger" / "go"
NOWHERE = "00" * 32


@dataclass(frozen=True)
class Issued:
    """A title of this module's own, at its exporter."""

    done: Committed[TitleRecord]
    exporter: Gateway

    @property
    def title_id(self) -> str:
        return self.done.result.title_id


@pytest.fixture(scope="module")
def issued(told: Told) -> Issued:
    done = told.cast.as_party(CARRIER).run(ebl.issue(issuance_request()))
    exporter = told.cast.as_party(EXPORTER)
    exporter.outcome(done.transaction_id)
    return Issued(done, exporter)


def tradelane_set(transaction: ledger.Transaction) -> ReadWriteSet:
    assert transaction.action is not None
    return next(each for each in transaction.action.read_write_sets if each.namespace == "tradelane")


def test_a_block_is_found_by_number_hash_and_transaction(issued: Issued) -> None:
    client, done = issued.exporter, issued.done
    block = client.run(ledger.block(done.block_number))
    assert block.number == done.block_number
    assert client.run(ledger.block_by_hash(block.header.hash)) == block
    assert client.run(ledger.block_of(done.transaction_id)) == block
    assert done.transaction_id in [each.id for each in block.transactions]
    assert client.run(ledger.height()) > block.number


def test_a_transaction_is_found_with_its_outcome_and_the_chaincodes_answer(issued: Issued) -> None:
    found = issued.exporter.run(ledger.transaction(issued.done.transaction_id))
    assert found.is_valid
    assert found.action is not None
    assert (found.action.chaincode, found.action.function) == ("tradelane", b"ebl:issue")
    assert TitleRecord.from_json(found.action.response.payload) == issued.done.result
    assert found.creator is not None
    assert found.creator.certificate is not None
    assert "CN=jianghai-line-clerk" in found.creator.certificate.subject
    block = issued.exporter.run(ledger.block_of(found.id))
    assert found in block.transactions


def test_the_chain_holds_together_from_the_first_block(issued: Issued) -> None:
    info = issued.exporter.run(ledger.info())
    blocks = [issued.exporter.run(ledger.block(number)) for number in range(info.height)]
    ledger.check_chain(blocks)
    for before, block in pairwise(blocks):
        assert block.header.previous_hash == before.header.hash
        assert [each.msp_id for each in ledger.check_orderers(block)]
        for transaction in block.transactions:
            if transaction.is_valid and transaction.type == "ENDORSER_TRANSACTION":
                ledger.check_transaction(transaction)
    assert blocks[-1].header.hash == info.current_hash
    assert blocks[-2].header.hash == info.previous_hash


def test_two_peers_keep_the_same_chain(told: Told, issued: Issued) -> None:
    number = issued.done.block_number
    here, there = (told.cast.as_admin(org).run(ledger.block(number)) for org in ("shanghai", "hongkong"))
    assert here.header == there.header
    assert here.transactions == there.transactions
    assert here.metadata.commit_hash == there.metadata.commit_hash


def test_every_block_holds_what_fabric_says_it_holds(issued: Issued, tmp_path: Path) -> None:
    program = go_program.built(".", GO)
    file = tmp_path / "one.block"
    for number in range(issued.exporter.run(ledger.height())):
        block = issued.exporter.run(ledger.block(number))
        file.write_bytes(ledger.encode_block(block))
        told = subprocess.run([program, file], check=True, capture_output=True).stdout
        assert differences(account(block), json.loads(told)) == []


def test_the_first_block_is_the_channels_configuration(told: Told, issued: Issued) -> None:
    [transaction] = issued.exporter.run(ledger.block(0)).transactions
    assert transaction.type == "CONFIG"
    assert transaction.config is not None
    with_peer = sorted(each.msp_id for each in told.network.topology.with_peer)
    assert list(transaction.config.application_organisations) == with_peer
    assert "OperatorMSP" in transaction.config.orderer_organisations


def test_a_title_is_written_with_the_policy_of_its_key(issued: Issued) -> None:
    found = tradelane_set(issued.exporter.run(ledger.transaction(issued.done.transaction_id)))
    key = keys.title(issued.title_id).key
    [value] = [each.value for each in found.writes if each.key == key]
    assert TitleRecord.from_json(value) == issued.done.result
    [metadata] = [each for each in found.metadata_writes if each.key == key]
    assert policy_text(metadata.entries[0].value) == "HongKongMSP.peer and ShanghaiMSP.peer"


def test_of_a_document_there_are_the_hashes_alone(told: Told) -> None:
    carrier = told.cast.as_party(CARRIER)
    lodged = carrier.run(documents.lodge(issuance_request()["document"]))
    content = carrier.run(documents.read(lodged.result))
    key = keys.document("ShanghaiMSP", lodged.result, "ShanghaiMSP").key
    value = bytes.fromhex(content.salt) + content.content.encode()
    transaction = carrier.run(ledger.transaction(lodged.transaction_id))
    [collection] = [each for each in tradelane_set(transaction).collections if each.writes]
    assert collection.name == "_implicit_org_ShanghaiMSP"
    hashes = {each.key_hash: each.value_hash for each in collection.writes}
    assert hashes[sha256(key.encode()).digest()] == sha256(value).digest()
    assert content.content.encode() not in ledger.encode_block(carrier.run(ledger.block(lodged.block_number)))


def test_private_data_delivered_to_a_member_fits_the_hashes_in_the_block(told: Told) -> None:
    carrier = told.cast.as_party(CARRIER)
    lodged = carrier.run(documents.lodge(issuance_request()["document"]))
    with told.cast.as_admin("shanghai").block_and_private_data_events(lodged.block_number) as events:
        delivered = next(iter(events))
    place = [each.id for each in delivered.block.transactions].index(lodged.transaction_id)
    hashed = {each.name: each for each in tradelane_set(delivered.block.transactions[place]).collections}
    for kept in delivered.private_data[place]:
        assert sha256(kept.encoded).digest() == hashed[kept.collection].private_hash
        for write, hashes in zip(kept.writes, hashed[kept.collection].writes, strict=True):
            assert sha256(write.key.encode()).digest() == hashes.key_hash
            assert sha256(write.value).digest() == hashes.value_hash


def test_a_transaction_that_came_second_shows_why_it_has_no_effect(told: Told) -> None:
    admin = told.cast.as_admin("shanghai")
    orgs = [each.msp_id for each in told.network.topology.with_peer]
    request = AdmitRequest(party_id=f"twice-{secrets.token_hex(4)}", lei=fresh_lei(), roles=(PartyRole.TRADER,))
    transient = {"name": b"Twice Trading", "salt": bytes(SALT_LENGTH_BYTES)}
    first, second = (
        admin.endorse(admin.new_proposal("party:admit", request, transient=transient, endorsing_organizations=orgs))
        for _ in "12"
    )
    assert admin.status(admin.submit_endorsed(first)).successful
    status = admin.status(admin.submit_endorsed(second))
    found = admin.run(ledger.transaction(second.transaction_id))
    assert (found.validation_code, status.code) == ("MVCC_READ_CONFLICT", "MVCC_READ_CONFLICT")
    assert not found.is_valid
    assert tradelane_set(found).writes, "what it would have written is on the chain"


def test_what_is_not_on_the_chain_is_not_found(issued: Issued) -> None:
    client = issued.exporter
    height = client.run(ledger.height())
    for flow, code in (
        (ledger.block(height + 1000), "BLOCK_NOT_FOUND"),
        (ledger.block_by_hash(bytes(32)), "BLOCK_NOT_FOUND"),
        (ledger.block_of(NOWHERE), "TRANSACTION_NOT_FOUND"),
        (ledger.transaction(NOWHERE), "TRANSACTION_NOT_FOUND"),
    ):
        with pytest.raises(NotFound) as refused:
            client.run(flow)
        assert refused.value.code == code
        assert "holds no" in refused.value.message


@contextmanager
def signing_as(network: Network, identity: Identity) -> Iterator[Gateway]:
    """A client of Hong Kong's peer with another identity than a user's."""
    profile = load_profile(network.paths.profile("hongkong").root, "admin")
    channel = grpc.secure_channel(
        profile.network.peers[0].endpoint, transport.credentials(profile.tls), options=transport.options(profile)
    )
    with channel, connect_to(channel, identity, channel="trade", chaincode="tradelane") as client:
        yield client


def an_orderer(network: Network) -> Identity:
    """Of a member organisation, but the channel's readers are its clients, peers and administrators."""
    msp = network.paths.organisation("hongkong").orderer.msp
    return Identity.load("HongKongMSP", msp.certificate.read_bytes(), msp.key.read_bytes())


def a_stranger(network: Network) -> Identity:
    """Somebody with a certificate of a CA that the channel does not know."""
    pair = Authority("ca.hongkong.tradelane.example").issue("admin")
    return Identity.load("HongKongMSP", pair.certificate_pem, pair.key_pem)


@pytest.mark.parametrize("who", [an_orderer, a_stranger])
def test_who_has_no_right_may_not_read_the_chain(who: Callable[[Network], Identity], told: Told) -> None:
    with signing_as(told.network, who(told.network)) as client:
        for flow in (ledger.height(), ledger.block(0), ledger.transaction(NOWHERE)):
            with pytest.raises(AccessDenied) as refused:
                client.run(flow)
            assert refused.value.code == "ACCESS_DENIED"


@pytest.fixture
def command(told: Told) -> Callable[..., Any]:
    def run(*arguments: str, exit_status: int = 0) -> Any:
        profile = ("--profile", str(told.network.paths.profile("shanghai").root), "--as", "admin")
        program = Path(sys.executable).with_name("tradelane")
        done = subprocess.run([program, *profile, "ledger", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == exit_status, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def test_the_command_shows_the_chain(command: Callable[..., Any], issued: Issued, tmp_path: Path) -> None:
    height = command("height", "--json")["height"]
    raw = tmp_path / "it.block"
    by_number = command("block", str(issued.done.block_number), "--raw", str(raw), "--json")
    assert by_number["number"] < height
    assert ledger.decode_block(raw.read_bytes()).header.hash.hex() == by_number["hash"]
    assert command("block", by_number["hash"], "--json") == by_number
    assert command("block", "--tx", issued.done.transaction_id, "--json") == by_number
    shown = command("tx", issued.done.transaction_id)
    for part in ("VALID", "ebl:issue", f"title/{issued.title_id}", "endorsed by HongKongMSP.peer and ShanghaiMSP.peer"):
        assert part in shown
    assert issued.done.transaction_id in command("block", str(issued.done.block_number))
    absent = command("tx", NOWHERE, "--json", exit_status=3)
    assert absent["code"] == "TRANSACTION_NOT_FOUND"
