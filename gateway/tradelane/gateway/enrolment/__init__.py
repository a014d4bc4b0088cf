"""A wallet filled from Fabric CA: enrol, renew, register, revoke, each at the CA of signatures and at that of TLS.

    wallet = Wallet(".tradelane/profiles/shanghai")
    enrol(wallet, "li-wei", secret.from_environment("LI_WEI_SECRET"))
    renew(wallet, "li-wei", within=timedelta(days=30))

Keys are made here, with mode 0600, or stay in their token. `enrolment.aio` has the same names for asyncio.
"""

from tradelane.gateway.enrolment import aio
from tradelane.gateway.enrolment.calls import Authorities, Revoked, authorities, enrol, register, renew, revoke

__all__ = ["Authorities", "Revoked", "aio", "authorities", "enrol", "register", "renew", "revoke"]
