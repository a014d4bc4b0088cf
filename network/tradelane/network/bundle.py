"""What one organisation's users take with them: its profile, in a directory of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tradelane.network import files
from tradelane.network.errors import BundleRefused, HomeUnusable
from tradelane.network.paths import HomePaths, ProfilePaths
from tradelane.network.topology import Topology


def write(
    topology: Topology, home: HomePaths, organisation: str, target: Path, users: Sequence[str] = ()
) -> tuple[str, ...]:
    """Write an organisation's profile and users, all or those named, into an empty directory; return their names.

    Only the files of the profile's form are copied, so nothing of another organisation, of the CAs or of the nodes can
    slip in. The users' keys are in it: hand it to that organisation and to nobody else.

    Raises:
        OrganisationUnknown: The organisation is unknown or runs no peer.
        BundleRefused: The target holds something already, or cannot be written, or a user is unknown.
    """
    known = topology.peer_organisation(organisation)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleRefused(
            f"The bundle is not written: {target} is not an empty directory. Name one that is empty or does not exist.",
            directory=str(target),
        )
    source, copy = home.profile(known.name), ProfilePaths(target)
    names = _names(source, users)
    try:
        with files.usable(target):
            for path in _parts(source, names):
                files.write(copy.root / path.relative_to(source.root), path.read_bytes())
    except HomeUnusable as error:
        raise BundleRefused(
            f"The bundle is not written: {target} cannot be used ({error.details['reason']})."
        ) from error
    return names


def _names(profile: ProfilePaths, wanted: Sequence[str]) -> tuple[str, ...]:
    known = sorted(record.parent.name for record in profile.users.glob("*/user.json"))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BundleRefused(
            f"The bundle is not written: there is no user {', '.join(unknown)}; there are {', '.join(known)}."
        )
    return tuple(wanted or known)


def _parts(profile: ProfilePaths, names: Sequence[str]) -> list[Path]:
    parts = [profile.record, profile.tls_roots]
    for name in names:
        user = profile.user(name)
        parts += [user.certificate, user.key, user.tls.certificate, user.tls.key, user.record]
    return parts
