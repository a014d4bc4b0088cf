"""People and programs that act for a party, and each organisation's profile in the form the gateway reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tradelane.network import files
from tradelane.network.authority import ALREADY_REGISTERED, Applicant, AuthorityName, IdentityType
from tradelane.network.errors import AuthorityRefused, UserExists, UserInvalid
from tradelane.network.identities import Registry
from tradelane.network.nodes import peer_name
from tradelane.network.paths import HomePaths
from tradelane.network.topology import LOOPBACK, Organisation, Topology

PROFILE_VERSION = 1
ADMIN_USER = "admin"
PARTY_ATTRIBUTE = "tradelane.party"
ROLE_ATTRIBUTE = "tradelane.role"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_PARTY = re.compile(r"[\x21-\x7e]{1,128}")


class Role(StrEnum):
    """What a user may do for its party; an admin acts for the organisation and for no party."""

    SIGNER = "signer"
    VIEWER = "viewer"
    ADMIN = "admin"


@dataclass(frozen=True)
class User:
    """A user to certify.

    Attributes:
        name: Unique in the organisation; names the directory of the user's keys.
        role: What the user may do.
        party: Identifier of the party the user acts for; none for an admin.
    """

    name: str
    role: Role
    party: str | None = None

    def check(self) -> None:
        """Refuse what no certificate should say.

        Raises:
            UserInvalid: The name is no directory's name, or role and party do not fit.
        """
        if not _NAME.fullmatch(self.name) or ".." in self.name:
            raise UserInvalid(
                f"User name '{self.name}' is refused: use up to 63 lower-case letters, digits, '.', '-' and '_', "
                "beginning with a letter or digit."
            )
        if self.role is Role.ADMIN and self.party is not None:
            raise UserInvalid(f"User '{self.name}' is refused: an admin acts for the organisation, so give no party.")
        if self.role is not Role.ADMIN and not _PARTY.fullmatch(self.party or ""):
            raise UserInvalid(
                f"User '{self.name}' is refused: a {self.role} acts for a party, so name one with --party "
                "(1 to 128 printable characters without spaces)."
            )

    @property
    def applicant(self) -> Applicant:
        """What the enrolment CA certifies: an admin by OU, everybody else by party and role."""
        if self.role is Role.ADMIN:
            return Applicant(self.name, IdentityType.ADMIN)
        return Applicant(self.name, attributes={PARTY_ATTRIBUTE: self.party or "", ROLE_ATTRIBUTE: self.role.value})


def add(topology: Topology, home: HomePaths, organisation: Organisation, user: User) -> None:
    """Certify a user and put its keys into the organisation's profile.

    Raises:
        UserInvalid: The user cannot be certified.
        UserExists: The name is taken.
    """
    user.check()
    place = home.profile(organisation.name).user(user.name)
    if place.record.exists():
        raise _taken(organisation, user, "exists already")
    registry = Registry(topology, home, organisation)
    try:
        pair = registry.certify_identity(user.applicant)
        registry.certify_tls(user.name, place.tls, server=False)
    except AuthorityRefused as error:
        if ALREADY_REGISTERED in error.reasons:
            raise _taken(organisation, user, "was certified before, but its keys are not here") from error
        raise
    pair.write_apart(place.certificate, place.key)
    files.write_json(place.record, {"name": user.name, "partyId": user.party, "role": user.role.value})


def _taken(organisation: Organisation, user: User, reason: str) -> UserExists:
    sentence = (
        f"User '{user.name}' is refused: in organisation '{organisation.name}' that name {reason}. Choose another."
    )
    return UserExists(sentence, name=user.name)


def write_profile(topology: Topology, home: HomePaths, organisation: Organisation) -> None:
    """Write what an organisation's users need to reach their own peers."""
    profile = home.profile(organisation.name)
    root = home.organisation(organisation.name).authority.tls_root.certificate
    files.write(profile.tls_roots, root.read_bytes())
    ports = topology.ports(organisation)
    peers = [
        {
            "endpoint": f"{LOOPBACK}:{ports.of_peer(number).requests}",
            "serverName": topology.host(peer_name(number), organisation),
        }
        for number in range(organisation.peers)
    ]
    files.write_json(
        profile.record,
        {
            "version": PROFILE_VERSION,
            "organisation": organisation.name,
            "mspId": organisation.msp_id,
            "channel": topology.channel,
            "chaincode": topology.chaincode,
            "peers": peers,
            "tlsRoots": profile.tls_roots.name,
            "authority": {
                "url": f"https://{LOOPBACK}:{ports.ca}",
                "enrolment": AuthorityName.ENROLMENT.value,
                "tls": AuthorityName.TLS.value,
            },
        },
    )
