"""What integrators may rely on: a change here is a change for them."""

import difflib
import inspect
import subprocess
import sys

import pytest

import tradelane.gateway
from tests.support import public_names
from tradelane.gateway import aio, client, errors
from tradelane.gateway.trade import attachments, documents, ebl, organisations, parties


def test_public_names_are_these() -> None:
    assert sorted(tradelane.gateway.__all__) == [
        "Announcement", "Attempt", "Commit", "CommitError", "Committed", "Deadlines", "Flow", "Gateway",
        "GatewayError", "Hash", "Identity", "NO_RETRY", "Observer", "Proposal", "Refused", "RetryPolicy", "Status",
        "Transaction", "Wallet", "aio", "attachments", "authority", "bulk", "connect", "connect_to", "dcsa",
        "documents", "ebl", "enrolment", "errors", "events", "ledger", "messages", "offline", "organisations",
        "parties", "pint", "proof", "secret", "telemetry",
    ]  # fmt: skip
    for name in tradelane.gateway.__all__:
        assert getattr(tradelane.gateway, name) is not None


def test_public_signatures_and_fields_are_those_of_the_file() -> None:
    kept, found = public_names.FILE.read_text().splitlines(), public_names.text().splitlines()
    diff = "\n".join(
        difflib.unified_diff(kept, found, "what integrators have", "what the code offers", lineterm="", n=4)
    )
    assert kept == found, f"public names changed; if that is meant: python -m tests.support.public_names\n{diff}"


def test_the_file_holds_no_address_and_nothing_of_this_machine() -> None:
    text = public_names.FILE.read_text()
    assert not any(word in text for word in (" at 0x", "<function", "<built-in", "site-packages"))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'novelty'"):
        _ = tradelane.gateway.novelty


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(member).parameters)
            for name, member in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(client.Gateway) == methods(aio.Gateway)
    assert list(methods(client.Gateway)) == [
        "announcements", "block_and_private_data_events", "block_events", "chaincode_events", "close", "endorse",
        "evaluate", "events", "filtered_block_events", "journal", "new_proposal", "outcome", "run", "status",
        "submit", "submit_async", "submit_endorsed", "submit_many",
    ]  # fmt: skip
    assert sorted(aio.__all__) == ["Connection", "Gateway", "connect", "connect_to", "dial"]
    for name in ("connect", "connect_to"):
        here, there = (inspect.signature(getattr(module, name)).parameters for module in (client, aio))
        assert list(here) == list(there)


def test_the_typed_calls_show_what_a_caller_passes() -> None:
    assert list(inspect.signature(ebl.transfer).parameters) == [
        "title_id",
        "to",
        "refusable_until",
        "expected_sequence",
        "share",
    ]
    calls = {
        organisations: ["register", "prepare", "list_organisations"],
        parties: ["admit", "licence", "show", "find", "list_parties"],
        attachments: ["attach", "attached", "read_attachment"],
        documents: ["lodge", "lodgement", "read", "read_of_title", "read_either", "share"],
        ebl: list(ebl.__all__),
    }
    for module, names in calls.items():
        for name in names:
            assert "session" not in inspect.signature(getattr(module, name)).parameters


def test_both_clients_of_a_ca_have_the_same_methods_with_the_same_parameters() -> None:
    from tradelane.gateway.authority import aio as ca_aio
    from tradelane.gateway.authority import client as ca_client

    assert list(inspect.signature(ca_client.connect).parameters) == ["url", "roots", "name", "timeout_seconds"]
    assert inspect.signature(ca_client.connect).parameters.keys() == inspect.signature(ca_aio.connect).parameters.keys()
    for kind in (ca_client.AuthorityClient, ca_aio.AuthorityClient):
        public = [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]
        assert public == ["close", "run"]


def test_both_enrolments_have_the_same_names_with_the_same_parameters() -> None:
    from tradelane.gateway import enrolment

    for name in ("enrol", "renew", "register", "revoke"):
        here, there = getattr(enrolment, name), getattr(enrolment.aio, name)
        assert inspect.signature(here) == inspect.signature(there)
        assert inspect.iscoroutinefunction(there)


def test_every_error_is_in_the_tree_its_module_draws() -> None:
    assert errors.__doc__ is not None
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.GatewayError):
            assert name in errors.__doc__


def test_importing_the_package_loads_no_grpc() -> None:
    code = "import sys, tradelane.gateway; sys.exit('grpc' in sys.modules or 'pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
