"""A gateway that the program closes: before a call, and in the middle of one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import USER
from tests.support.loopback_gateway import Script
from tests.support.waiting import until
from tradelane.gateway import aio, client, errors
from tradelane.gateway.errors import Step
from tradelane.gateway.observer import Attempt


def test_a_closed_one_says_so_and_is_closed_again_without_effect(gateway: Any, script: Script) -> None:
    gateway.close()
    gateway.close()
    for call in (gateway.evaluate, gateway.submit):
        with pytest.raises(errors.InputError, match="is closed; connect again") as caught:
            call("a:b")
        assert caught.value.code == "GATEWAY_CLOSED"
    with pytest.raises(errors.InputError) as caught, gateway.block_events(start_block=0):
        pass
    assert caught.value.code == "GATEWAY_CLOSED"
    assert not script.invocations


class Held:
    """A step that begins and does not end before it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> None:
        self.begun.set()
        until(self.go.is_set)


@pytest.fixture
def held(script: Script) -> Held:
    script.on_submit = held = Held()
    return held


def check(error: BaseException | None) -> None:
    assert isinstance(error, errors.SubmitError)
    assert (error.code, [each.code for each in error.attempts]) == ("GATEWAY_CLOSED", ["OK", "GATEWAY_CLOSED"])
    assert "may still take effect" in error.message


def test_a_call_under_way_ends_with_its_step_and_an_open_outcome(profile: Path, held: Held) -> None:
    gateway = client.connect(profile, USER)
    with ThreadPoolExecutor() as threads:
        call = threads.submit(gateway.submit, "a:b")
        until(held.begun.is_set)
        gateway.close()
        check(call.exception())
        held.go.set()


class ClosingAfterSubmit:
    """Closes the gateway as soon as the orderers have the transaction."""

    metadata = ()

    def __init__(self) -> None:
        self.gateway: client.Gateway

    def called(self, call: str, function: str) -> "ClosingAfterSubmit":
        return self

    def tried(self, step: Step, transaction_id: str, peer: str) -> "ClosingAfterSubmit":
        return self

    def ended(self, outcome: Attempt | BaseException | None) -> None:
        if isinstance(outcome, Attempt) and outcome.step is Step.SUBMIT:
            self.gateway.close()


def test_closed_between_two_steps_it_does_not_deny_what_it_has_sent(profile: Path, script: Script) -> None:
    observer = ClosingAfterSubmit()
    observer.gateway = client.connect(profile, USER, observer=observer)
    with pytest.raises(errors.CommitStatusError, match="may still take effect") as caught:
        observer.gateway.submit("a:b")
    assert [each.code for each in caught.value.attempts] == ["OK", "OK", "GATEWAY_CLOSED"]


async def test_so_it_does_in_a_task_which_is_not_cancelled(profile: Path, held: Held) -> None:
    async with aio.connect(profile, USER) as gateway:
        call = asyncio.create_task(gateway.submit("a:b"))
        await asyncio.to_thread(until, held.begun.is_set)
    await asyncio.wait([call])
    assert not call.cancelled()
    check(call.exception())
    held.go.set()


async def test_a_task_that_is_cancelled_is(profile: Path, held: Held) -> None:
    async with aio.connect(profile, USER) as gateway:
        call = asyncio.create_task(gateway.submit("a:b"))
        await asyncio.to_thread(until, held.begun.is_set)
        call.cancel()
        await asyncio.wait([call])
    assert call.cancelled()
    held.go.set()
