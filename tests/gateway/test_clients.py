"""Both clients against a real gRPC server with mutual TLS: one set of tests, since their work is written once."""

import threading
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from tests.gateway.conftest import AT_ONCE, USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_gateway import Invocation, LoopbackGateway, Script
from tests.support.pki import Authority
from tradelane.gateway import aio, client, errors, transport
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.session import Deadlines
from tradelane.model.title_requests import TitleRequest

ID = "0" * 32
REFUSAL = '{"code":"NOT_IN_CONTROL","message":"Only the possessor may transfer.","details":{"possessor":"hkbank"}}'


def echo(invocation: Invocation) -> bytes:
    return invocation.function.encode() + b"|" + b"|".join(invocation.arguments)


def test_evaluate_returns_the_chaincodes_answer(gateway: Any, script: Script) -> None:
    script.chaincode = echo
    answer = gateway.evaluate("ebl:show", TitleRequest(title_id=ID), "text", b"\x00", target_organizations=["A"])
    assert answer == b'ebl:show|{"titleId":"' + ID.encode() + b'"}|text|\x00'
    assert [(one.rpc, one.organisations) for one in script.invocations] == [("evaluate", ("A",))]


def test_submit_returns_result_and_place_on_the_ledger(gateway: Any, script: Script) -> None:
    script.chaincode = echo
    done = gateway.submit("a:b", "x", transient={"salt": b"\x01"}, endorsing_organizations=["A", "B"])
    (invocation,) = script.invocations
    assert (done.result, done.block_number, done.transaction_id) == (b"a:b|x", 7, invocation.transaction_id)
    assert (invocation.transient, invocation.organisations) == ({"salt": b"\x01"}, ("A", "B"))


def test_each_step_can_be_taken_on_its_own(gateway: Any, script: Script) -> None:
    script.chaincode = echo
    proposal = gateway.new_proposal("a:b", "x", endorsing_organizations=["A"])
    transaction = gateway.endorse(proposal)
    assert transaction.result == b"a:b|x"
    commit = gateway.submit_endorsed(transaction)
    script.validation_code = 11
    status = gateway.status(commit)
    assert (status.code, status.successful, status.block_number) == ("MVCC_READ_CONFLICT", False, 7)
    assert proposal.transaction_id == transaction.transaction_id == commit.transaction_id == status.transaction_id


def test_what_a_single_step_returns_tells_its_attempts(connect: Any, script: Script) -> None:
    gateway = connect(retry=AT_ONCE)
    failing = {"on_submit": 1, "on_status": 2}

    def fail(which: str) -> None:
        failing[which] -= 1
        if failing[which] >= 0:
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "the peer stops")

    script.on_submit, script.on_status = (lambda: fail("on_submit")), (lambda: fail("on_status"))
    transaction = gateway.endorse(gateway.new_proposal("a:b"))
    commit = gateway.submit_endorsed(transaction)
    status = gateway.status(commit)
    assert [[each.code for each in one.attempts] for one in (transaction, commit, status)] == [
        ["OK"],
        ["UNREACHABLE", "OK"],
        ["UNREACHABLE", "UNREACHABLE", "VALID"],
    ]
    assert {each.transaction_id for one in (transaction, commit, status) for each in one.attempts} == {
        transaction.transaction_id
    }


def test_submitting_without_waiting_tells_its_attempts_and_takes_a_policy(connect: Any, script: Script) -> None:
    failing = iter([True])

    def fail() -> None:
        if next(failing, False):
            raise Refusal(grpc.StatusCode.UNAVAILABLE, "the peer stops")

    script.on_submit = fail
    gateway = connect(retry=AT_ONCE)
    with pytest.raises(errors.Unreachable) as caught:
        gateway.submit_async("a:b", retry=NO_RETRY)
    assert [each.code for each in caught.value.attempts] == ["OK", "UNREACHABLE"]
    failing = iter([True])
    assert [each.code for each in gateway.submit_async("a:b").attempts] == ["OK", "UNREACHABLE", "OK"]


def test_the_outcome_of_any_transaction_can_be_asked_for(gateway: Any) -> None:
    status = gateway.outcome("ab" * 32)
    assert (status.transaction_id, status.successful) == ("ab" * 32, True)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (11, "MVCC_READ_CONFLICT"),
        (12, "PHANTOM_READ_CONFLICT"),
        (10, "ENDORSEMENT_POLICY_FAILURE"),
        (255, "INVALID_OTHER_REASON"),
        (77, "VALIDATION_CODE_77"),
    ],
)
def test_a_transaction_without_effect_is_an_error_with_its_validation_code(
    gateway: Any, script: Script, number: int, code: str
) -> None:
    script.validation_code = number
    with pytest.raises(errors.CommitError) as raised:
        gateway.submit("a:b")
    assert (raised.value.code, raised.value.block_number) == (code, 7)
    assert raised.value.details == {"transactionId": raised.value.transaction_id, "blockNumber": "7"}
    assert code in raised.value.diagnostics()


def refuse(status: grpc.StatusCode, message: str, *peers: tuple[str, str, str]) -> Any:
    def chaincode(_: Invocation) -> bytes:
        raise Refusal(status, message, peers)

    return chaincode


def test_a_refusal_keeps_the_rules_code_sentence_and_details(gateway: Any, script: Script) -> None:
    detail = ("127.0.0.1:7151", "ShanghaiMSP", f"chaincode response 403, {REFUSAL}")
    script.chaincode = refuse(grpc.StatusCode.ABORTED, "failed to endorse transaction, see attached details", detail)
    with pytest.raises(errors.Refused) as raised:
        gateway.submit("ebl:transfer")
    refused = raised.value
    assert (refused.code, refused.status, refused.reason) == ("NOT_IN_CONTROL", 403, "NOT_IN_CONTROL")
    assert refused.details == {"possessor": "hkbank", "transactionId": refused.transaction_id}
    assert [(one.address, one.msp_id) for one in refused.peers] == [("127.0.0.1:7151", "ShanghaiMSP")]
    assert len(script.invocations) == 1


def test_endorsers_of_other_organisations_are_asked_again_while_they_may_be_a_block_behind(
    gateway: Any, script: Script
) -> None:
    detail = ("127.0.0.1:7152", "HongKongMSP", f"chaincode response 403, {REFUSAL}")
    behind = [refuse(grpc.StatusCode.ABORTED, "see attached details", detail)] * 2
    differ = [refuse(grpc.StatusCode.ABORTED, "ProposalResponsePayloads do not match")]
    answers = [*behind, *differ, echo]

    def next_answer(invocation: Invocation) -> bytes:
        return answers.pop(0)(invocation)  # type: ignore[no-any-return]

    script.chaincode = next_answer
    assert gateway.submit("a:b").result == b"a:b|"
    assert len({one.transaction_id for one in script.invocations}) == 1


def test_a_refusal_by_other_organisations_only_is_believed_in_the_end(gateway: Any, script: Script) -> None:
    detail = ("127.0.0.1:7152", "HongKongMSP", f"chaincode response 403, {REFUSAL}")
    script.chaincode = refuse(grpc.StatusCode.ABORTED, "see attached details", detail)
    with pytest.raises(errors.Refused):
        gateway.submit("a:b")
    assert len(script.invocations) == 4


def test_a_failure_to_submit_names_its_step(gateway: Any, script: Script) -> None:
    def fail() -> None:
        raise Refusal(grpc.StatusCode.ABORTED, "received unsuccessful response from orderer", [("o:1", "O", "full")])

    script.on_submit = fail
    with pytest.raises(errors.SubmitError, match=r"o:1 of O: full") as raised:
        gateway.submit("a:b")
    assert (raised.value.code, raised.value.step) == ("SUBMISSION_FAILED", errors.Step.SUBMIT)


def test_an_outcome_that_does_not_come_in_time_is_overdue(connect: Any, script: Script) -> None:
    def expire() -> None:
        raise Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, "context deadline exceeded")

    script.on_status = expire
    with pytest.raises(errors.Overdue, match="may still take effect") as raised:
        connect(Deadlines(commit_status_seconds=0.1)).submit("a:b")
    assert raised.value.details == {"transactionId": raised.value.transaction_id, "outcomeOpen": "true"}


def test_a_deadline_of_the_call_ends_it(gateway: Any, script: Script) -> None:
    over = threading.Event()

    def keep_waiting(_: Invocation) -> bytes:
        over.wait()
        return b""

    script.chaincode = keep_waiting
    with pytest.raises(errors.Overdue):
        gateway.evaluate("a:b", timeout_seconds=0.05)
    over.set()


def test_a_transaction_other_than_the_proposed_one_is_not_signed(gateway: Any, script: Script) -> None:
    other = gateway.new_proposal("a:c")
    kept: list[bytes] = []

    def keep(payload: bytes) -> bytes:
        kept.append(payload)
        return payload

    script.spoil = keep
    gateway.endorse(other)
    script.spoil = lambda _: kept[0]
    with pytest.raises(errors.ResultError, match="another transaction"):
        gateway.submit("a:b")


@pytest.mark.parametrize("payload", [b"", b"\xff"])
def test_an_unreadable_transaction_is_not_signed(gateway: Any, script: Script, payload: bytes) -> None:
    script.spoil = lambda _: payload
    with pytest.raises(errors.ResultError) as raised:
        gateway.submit("a:b")
    assert raised.value.code == "BAD_ANSWER"


def test_a_peer_that_is_down_is_named(gateway: Any, peer: LoopbackGateway) -> None:
    peer.stop()
    with pytest.raises(errors.Unreachable, match=peer.endpoint) as raised:
        gateway.evaluate("a:b", retry=NO_RETRY)
    assert (raised.value.code, raised.value.exit_status) == ("UNREACHABLE", 4)


def test_a_peer_with_a_certificate_of_another_authority_is_not_talked_to(connect: Any, profile: Path) -> None:
    (profile / "tls-roots.pem").write_bytes(Authority("ca.elsewhere.example").root.certificate_pem)
    with pytest.raises(errors.Unreachable, match="not signed by the profile's TLS roots"):
        connect().evaluate("a:b")


def test_a_peer_of_another_name_is_not_talked_to(connect: Any, profile: Path) -> None:
    content = (profile / "profile.json").read_text()
    (profile / "profile.json").write_text(content.replace("peer0.shanghai", "peer1.shanghai"))
    with pytest.raises(errors.Unreachable, match="another host") as raised:
        connect().evaluate("a:b")
    assert raised.value.code == "TLS_FAILED"
    assert len(raised.value.attempts) == 1


def test_a_client_certificate_the_peer_does_not_trust_is_unreachable(connect: Any, profile: Path) -> None:
    stranger = Authority("ca.elsewhere.example").issue("client")
    home = profile / "users" / USER
    (home / "tls-cert.pem").write_bytes(stranger.certificate_pem)
    (home / "tls-key.pem").write_bytes(stranger.key_pem)
    with pytest.raises(errors.Unreachable, match=r"does not trust the TLS client certificate|handshake failed"):
        connect().evaluate("a:b", retry=NO_RETRY)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("tls-roots.pem", "TLS_ROOTS_MALFORMED"),
        (f"users/{USER}/tls-cert.pem", "TLS_CERTIFICATE_MALFORMED"),
        (f"users/{USER}/tls-key.pem", "TLS_KEY_MALFORMED"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nMII\n"])
def test_unusable_tls_files_are_told_apart_before_anything_is_sent(
    connect: Any, profile: Path, file: str, code: str, content: bytes
) -> None:
    (profile / file).write_bytes(content)
    with pytest.raises(errors.ProfileError) as raised:
        connect()
    assert raised.value.code == code


def test_a_tls_key_of_another_certificate_is_refused(connect: Any, profile: Path, authority: Authority) -> None:
    (profile / "users" / USER / "tls-key.pem").write_bytes(authority.issue("another").key_pem)
    with pytest.raises(errors.IdentityError, match="does not belong") as raised:
        connect()
    assert raised.value.code == "TLS_KEY_MISMATCH"


def test_the_callers_own_channel_stays_open(profile: Path, script: Script) -> None:
    found = load_profile(profile, USER)
    channel = grpc.secure_channel(
        found.network.peers[0].endpoint, transport.credentials(found.tls), options=transport.options(found)
    )
    with channel:
        for _ in range(2):
            with client.connect_to(channel, found.identity, channel="trade", chaincode="tradelane") as gateway:
                assert gateway.evaluate("a:b") == b""


async def test_the_callers_own_channel_stays_open_in_asyncio_too(profile: Path, script: Script) -> None:
    found = load_profile(profile, USER)
    async with grpc.aio.secure_channel(
        found.network.peers[0].endpoint, transport.credentials(found.tls), options=transport.options(found)
    ) as channel:
        for _ in range(2):
            async with aio.connect_to(channel, found.identity, channel="trade", chaincode="tradelane") as gateway:
                assert await gateway.evaluate("a:b") == b""
