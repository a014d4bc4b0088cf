"""The client: submits endorsed transactions, reads, and speaks of titles, documents and parties.

    from tradelane.gateway import connect, ebl

    with connect(".tradelane/profiles/shanghai", "exporter") as gateway:
        done = gateway.run(ebl.transfer(title_id, to="hkbank"))
        print(done.transaction_id, done.block_number, done.result.possessor)

The same with `async with aio.connect(...)` and `await gateway.run(...)`. Names are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradelane.gateway import (
        aio,
        authority,
        bulk,
        dcsa,
        enrolment,
        errors,
        events,
        ledger,
        offline,
        pint,
        proof,
        secret,
        telemetry,
    )
    from tradelane.gateway.client import Gateway, connect, connect_to
    from tradelane.gateway.envelope import Commit, Committed, Proposal, Status, Transaction
    from tradelane.gateway.errors import CommitError, GatewayError, Refused
    from tradelane.gateway.events import Announcement
    from tradelane.gateway.identity import Identity
    from tradelane.gateway.keys import Hash
    from tradelane.gateway.observer import Attempt, Observer
    from tradelane.gateway.retry import NO_RETRY, RetryPolicy
    from tradelane.gateway.session import Deadlines, Flow
    from tradelane.gateway.trade import attachments, documents, ebl, messages, organisations, parties
    from tradelane.gateway.wallet import Wallet

__all__ = [
    "NO_RETRY",
    "Announcement",
    "Attempt",
    "Commit",
    "CommitError",
    "Committed",
    "Deadlines",
    "Flow",
    "Gateway",
    "GatewayError",
    "Hash",
    "Identity",
    "Observer",
    "Proposal",
    "Refused",
    "RetryPolicy",
    "Status",
    "Transaction",
    "Wallet",
    "aio",
    "attachments",
    "authority",
    "bulk",
    "connect",
    "connect_to",
    "dcsa",
    "documents",
    "ebl",
    "enrolment",
    "errors",
    "events",
    "ledger",
    "messages",
    "offline",
    "organisations",
    "parties",
    "pint",
    "proof",
    "secret",
    "telemetry",
]

_HOMES = {
    "client": ("Gateway", "connect", "connect_to"),
    "envelope": ("Commit", "Committed", "Proposal", "Status", "Transaction"),
    "errors": ("CommitError", "GatewayError", "Refused"),
    "events": ("Announcement",),
    "identity": ("Identity",),
    "keys": ("Hash",),
    "observer": ("Attempt", "Observer"),
    "retry": ("NO_RETRY", "RetryPolicy"),
    "session": ("Deadlines", "Flow"),
    "wallet": ("Wallet",),
}
_TOP = (
    "aio",
    "authority",
    "bulk",
    "dcsa",
    "enrolment",
    "errors",
    "events",
    "ledger",
    "offline",
    "pint",
    "proof",
    "secret",
    "telemetry",
)
_MODULES = {name: name for name in _TOP} | {
    name: f"trade.{name}" for name in ("attachments", "documents", "ebl", "messages", "organisations", "parties")
}


def __getattr__(name: str) -> object:
    # gRPC and the DCSA model take a good part of a second to load; a command that needs neither should not wait.
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
