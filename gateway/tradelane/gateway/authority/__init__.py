"""Fabric CA: enrol, renew, register, revoke, as calls that a sync or an asyncio client performs.

    from tradelane.gateway import authority
    from tradelane.gateway.authority.client import connect

    with connect("https://127.0.0.1:7054", roots=roots_pem, name="ca") as ca:
        enrolled = ca.run(authority.enrol("trader", secret, key=new_key()))

The same with `async with aio.connect(...)` and `await ca.run(...)`. Private keys are made here and never sent.
"""

from tradelane.gateway.authority.calls import enrol, identities, info, register, renew, revocation_list, revoke
from tradelane.gateway.authority.protocol import Answer, Call, Request
from tradelane.gateway.authority.records import (
    AuthorityInfo,
    Enrolment,
    Reason,
    RegisteredIdentity,
    Registration,
    Revocation,
)

__all__ = [
    "Answer",
    "AuthorityInfo",
    "Call",
    "Enrolment",
    "Reason",
    "RegisteredIdentity",
    "Registration",
    "Request",
    "Revocation",
    "enrol",
    "identities",
    "info",
    "register",
    "renew",
    "revocation_list",
    "revoke",
]
