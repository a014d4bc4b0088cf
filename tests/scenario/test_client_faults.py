"""The client while its network fails: every request ends in exactly one commit or in one clear refusal.

How long it took until transactions were committed again is printed (`pytest -s`), not asserted.
"""

import asyncio
import json
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from tests.support import network_driver
from tests.support.storm import PATIENT, Storm, admission, admitted, check, storm, valid_since
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import (
    CommitError,
    Committed,
    Gateway,
    Refused,
    aio,
    connect,
    ebl,
    errors,
    ledger,
    organisations,
)
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.session import Deadlines
from tradelane.network import Network, process
from tradelane.network.nodes import NodeFactory

pytestmark = pytest.mark.network

ORG = "hongkong"
PEER = f"peer0.{ORG}"
ORDERERS = ("orderer0.hongkong", "orderer0.shanghai")
DOWN_SECONDS = 3.0
CLIENTS = 200


@pytest.fixture(autouse=True)
def restored(network: Network) -> Iterator[None]:
    """Whatever a test stopped runs again afterwards."""
    yield
    network.up()
    assert network.status().well


def kill(network: Network, *nodes: str) -> None:
    """As a crash would."""
    for node in nodes:
        until(lambda node=node: process.find(network.paths.process(node))).kill()  # type: ignore[misc]


def report(what: str, at_work: Storm, struck: float) -> None:
    again = at_work.last_commit - struck
    print(f"\n{what}: {len(at_work.committed)} committed, the last {again:.1f} s after it; {dict(at_work.codes)}")


def test_a_gateway_peer_killed_under_load_loses_nothing_and_doubles_nothing(told: Told) -> None:
    network, gateway = told.network, told.cast.as_admin(ORG)
    first = gateway.run(ledger.height())
    with storm(network.paths.profile(ORG).root, gateway, clients=16) as at_work:
        at_work.await_commits(50)
        kill(network, PEER)
        struck = time.monotonic()
        network.up()
        at_work.await_commits(50)
    report("peer killed", at_work, struck)
    check(at_work, gateway, first)
    assert sum(count for code, count in at_work.codes.items() if not code.endswith((": OK", ": VALID"))) > 0


def test_a_quorum_of_orderers_lost_and_back_loses_nothing_and_doubles_nothing(told: Told) -> None:
    network, gateway = told.network, told.cast.as_admin(ORG)
    first = gateway.run(ledger.height())
    with storm(network.paths.profile(ORG).root, gateway, clients=16) as at_work:
        at_work.await_commits(50)
        kill(network, *ORDERERS)
        struck = time.monotonic()
        time.sleep(DOWN_SECONDS)  # the fault itself, not a wait for something
        network.up()
        at_work.await_commits(50)
    report("two of three orderers killed", at_work, struck)
    check(at_work, gateway, first)


def test_a_peer_at_its_limit_of_requests_is_asked_again(told: Told) -> None:
    network, gateway = told.network, told.cast.as_admin(ORG)
    first = gateway.run(ledger.height())
    node = NodeFactory(network.topology, network.paths, network.binaries).named(PEER)
    record = network.paths.process(PEER)
    process.stop([record])
    narrow = node.environment | {"CORE_PEER_LIMITS_CONCURRENCY_GATEWAYSERVICE": "4"}
    process.start(process.Launch(node.command, narrow, node.directory, network.paths.log(PEER), record))
    with storm(network.paths.profile(ORG).root, gateway, clients=16) as at_work:
        at_work.await_commits(100)
    report("limit of 4 requests", at_work, time.monotonic())
    process.stop([record])
    network.up()
    check(at_work, gateway, first)
    assert any("CONCURRENCY_LIMIT" in code for code in at_work.codes)


def at_once(
    told: Told, who: str, act: Callable[[aio.Gateway], Awaitable[object]], *, chaincode: str, transactions: int
) -> list[object]:
    """Have many clients of one user perform the same at once, and return what each was told."""
    user, _, org = who.partition("@")
    profile = load_profile(told.network.paths.profile(org).root, user)
    retry = RetryPolicy(transactions=transactions)

    async def work() -> list[object]:
        async with aio.dial(profile) as connection:
            name = profile.network.channel
            clients = [
                aio.connect_to(
                    connection, profile.identity, channel=name, chaincode=chaincode, retry=retry, deadlines=PATIENT
                )
                for _ in range(CLIENTS)
            ]
            return list(await asyncio.gather(*map(act, clients), return_exceptions=True))

    return asyncio.run(work())


def test_of_200_clients_that_transfer_one_title_at_once_one_succeeds(told: Told) -> None:
    carrier, exporter = told.cast.as_party(CARRIER), told.cast.as_party(EXPORTER)
    title = carrier.run(ebl.issue(issuance_request())).result.title_id
    gateway = told.cast.as_admin("shanghai")
    first = gateway.run(ledger.height())
    exporter.run(ebl.show(title))
    found = at_once(
        told,
        f"{EXPORTER}-clerk@shanghai",
        lambda one: one.run(ebl.transfer(title, to=BANK, share=False)),
        chaincode="tradelane",
        transactions=5,
    )
    committed = [one for one in found if isinstance(one, Committed)]
    refused = [one for one in found if isinstance(one, Refused)]
    print(f"\n{len(committed)} committed, refused: {Counter(one.code for one in refused)}")
    assert (len(committed), len(committed) + len(refused)) == (1, CLIENTS)
    assert {one.code for one in refused} == {"NOT_IN_CONTROL"}
    assert [one.id for one in valid_since(gateway, first, "ebl:transfer")] == [committed[0].transaction_id]


def test_of_200_clients_that_write_one_key_each_commits_once_or_is_told_that_it_did_not(
    told: Told, tmp_path: Path
) -> None:
    gateway = told.cast.as_admin(ORG)
    key = secrets.token_hex(8)
    steps = json.dumps([["get", key], ["put", key, secrets.token_hex(4)]])
    orgs = gateway.run(organisations.list_organisations()).msp_ids
    with network_driver.deployed(told.network, tmp_path):
        first = gateway.run(ledger.height())
        found = at_once(
            told,
            f"admin@{ORG}",
            lambda one: one.submit("run", steps, endorsing_organizations=orgs),
            chaincode=network_driver.CHAINCODE,
            transactions=4,
        )
        committed = [one for one in found if isinstance(one, Committed)]
        overtaken = [one for one in found if isinstance(one, CommitError)]
        on_ledger = valid_since(gateway, first, "run")
    tries = Counter(sum(each.step is errors.Step.ENDORSE for each in one.attempts) for one in committed)
    print(f"\n{len(committed)} committed after so many transactions: {dict(tries)}; {len(overtaken)} overtaken")
    assert [one for one in found if one not in committed and one not in overtaken] == []
    assert {one.code for one in overtaken} <= {"MVCC_READ_CONFLICT"}
    assert {one.id for one in on_ledger} == {one.transaction_id for one in committed}
    assert len(on_ledger) == len(committed)


REQUESTER = """
import os, signal, sys
from tradelane.gateway import connect, organisations
from tradelane.gateway.errors import Step
from tradelane.gateway.observer import NOBODY

profile, request_id, body, salt, death = sys.argv[1:]

class Killer:
    metadata = ()
    def called(self, call, function):
        return self
    def tried(self, step, transaction_id, peer):
        if death == "before " + step:
            os.kill(os.getpid(), signal.SIGKILL)
        return self
    def ended(self, outcome):
        if death == "after " + getattr(outcome, "step", ""):
            os.kill(os.getpid(), signal.SIGKILL)

with connect(profile, "admin", observer=Killer()) as gateway:
    orgs = gateway.run(organisations.list_organisations()).msp_ids
    transient = {"name": b"A Trader of the Storm", "salt": bytes.fromhex(salt)}
    done = gateway.submit("party:admit", body, transient=transient, endorsing_organizations=orgs, request_id=request_id)
    print(done.transaction_id, done.block_number, done.result.decode())
"""


def requester(told: Told, request_id: str, body: str, death: str = "never") -> subprocess.Popen[str]:
    """Start a process that submits a request under an id, and may be killed on its way."""
    profile = str(told.network.paths.profile(ORG).root)
    command = [sys.executable, "-c", REQUESTER, profile, request_id, body, secrets.token_hex(32), death]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told_by(one: subprocess.Popen[str]) -> str:
    out, err = one.communicate(timeout=120)
    assert one.returncode == 0, err
    return out


def admissions(told: Told, party_id: str, first: int) -> list[str]:
    gateway = told.cast.as_admin(ORG)
    return [one.id for one in valid_since(gateway, first, "party:admit") if admitted(one) == party_id]


@pytest.mark.parametrize("death", ["before submit", "after submit", "before commit status", "after commit status"])
def test_a_request_repeated_after_its_process_was_killed_takes_effect_once(told: Told, death: str) -> None:
    first = told.cast.as_admin(ORG).run(ledger.height())
    party_id = f"request-{secrets.token_hex(8)}"
    request_id, (body, _) = secrets.token_hex(16), admission(party_id)
    killed = requester(told, request_id, body, death)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    repeated = told_by(requester(told, request_id, body))
    assert told_by(requester(told, request_id, body)) == repeated
    assert admissions(told, party_id, first) == [repeated.split()[0]]


def test_two_processes_with_one_request_id_commit_once_and_are_told_the_same(told: Told) -> None:
    first = told.cast.as_admin(ORG).run(ledger.height())
    party_id = f"request-{secrets.token_hex(8)}"
    request_id, (body, _) = secrets.token_hex(16), admission(party_id)
    with ExitStack() as stack:
        several = [stack.enter_context(requester(told, request_id, body)) for _ in range(4)]
        answers = {told_by(one) for one in several}
    assert len(answers) == 1
    assert admissions(told, party_id, first) == [answers.pop().split()[0]]


def test_a_request_id_used_for_another_request_is_refused(told: Told) -> None:
    gateway = told.cast.as_admin(ORG)
    orgs = gateway.run(organisations.list_organisations()).msp_ids
    request_id = secrets.token_hex(16)

    def admit(name: str) -> Committed[bytes]:
        body, transient = admission(name + request_id[:8])
        return gateway.submit(
            "party:admit", body, transient=transient, endorsing_organizations=orgs, request_id=request_id
        )

    first = admit("request-a")
    with pytest.raises(errors.InputError) as raised:
        admit("request-b")
    assert (raised.value.code, raised.value.details["transactionId"]) == ("REQUEST_ID_REUSED", first.transaction_id)


HOUR_NS = 3_600_000_000_000
CLOCK_OFF_BY = {"an hour fast": HOUR_NS, "an hour slow": -HOUR_NS}


def evaluate(gateway: Gateway) -> None:
    gateway.evaluate("organisation:list", "{}")


def submit(gateway: Gateway) -> None:
    body, transient = admission(f"clock-{secrets.token_hex(8)}")
    gateway.submit("party:admit", body, transient=transient, deadlines=Deadlines(total_seconds=20))


def follow_blocks(gateway: Gateway) -> None:
    with gateway.block_events(start_block=0) as blocks:
        next(blocks)


@pytest.mark.parametrize("off", CLOCK_OFF_BY)
@pytest.mark.parametrize("act", [evaluate, submit, follow_blocks], ids=lambda act: act.__name__)
def test_a_clock_that_is_off_by_an_hour_is_told_and_nothing_submitted(
    told: Told, act: Callable[[Gateway], None], off: str
) -> None:
    right = told.cast.as_admin(ORG)
    before = right.run(ledger.height())
    with connect(told.network.paths.profile(ORG).root, "admin") as gateway:
        gateway._session.clock = lambda: time.time_ns() + CLOCK_OFF_BY[off]
        with pytest.raises(errors.AccessDenied, match="clock") as raised:
            act(gateway)
    assert raised.value.code == "CLOCK_OFF"
    assert [one.step for one in raised.value.attempts] == [
        errors.Step.ENDORSE if act is submit else errors.Step.EVALUATE
    ]
    assert right.run(ledger.height()) == before


def test_a_typed_call_repeated_under_a_request_id_is_done_once(told: Told) -> None:
    carrier, exporter = told.cast.as_party(CARRIER), told.cast.as_party(EXPORTER)
    request_id, issuance = secrets.token_hex(16), issuance_request()
    issued = carrier.run(ebl.issue(issuance), request_id=request_id)
    assert carrier.run(ebl.issue(issuance), request_id=request_id) == issued
    title = issued.result.title_id
    exporter.outcome(issued.transaction_id)
    act, under = ebl.transfer(title, to=BANK), secrets.token_hex(16)
    handed = exporter.run(act, request_id=under)
    told.cast.as_party(BANK).outcome(handed.transaction_id)
    returned = told.cast.as_party(BANK).run(ebl.transfer(title, to=EXPORTER))
    exporter.outcome(returned.transaction_id)
    assert exporter.run(act, request_id=under) == handed
    assert exporter.run(ebl.show(title)) == returned.result
