"""Who acts: by option, by environment, or by what `tradelane profile use` chose."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tradelane.gateway.errors import InputError

PROFILES: Final = "profiles"
_ASK: Final = (
    "Say who acts: `tradelane --as NAME@ORG ...`, or `--profile DIR --as NAME`; `tradelane profile use NAME@ORG` "
    "chooses for good."
)


@dataclass(frozen=True)
class Actor:
    """A user of a profile directory, and how it came to be the one who acts."""

    directory: Path
    user: str
    chosen_by: str

    @property
    def organisation(self) -> str:
        """The directory's name, by which `--as NAME@ORG` finds it."""
        return self.directory.name


def home() -> Path:
    """Return the directory of the network's state: TRADELANE_HOME, or `.tradelane` in the working directory."""
    return Path(os.environ.get("TRADELANE_HOME") or ".tradelane")


def actor(who: str | None, profile: Path | None) -> Actor:
    """Find who acts.

    Args:
        who: NAME@ORG or NAME, from `--as` or TRADELANE_AS.
        profile: A profile directory, from `--profile` or TRADELANE_PROFILE.

    Raises:
        InputError: WHO_ACTS: nobody, or nobody that can be found.
    """
    if who is None:
        return _only_user(profile) if profile is not None else _chosen()
    name, at, organisation = who.partition("@")
    if not name or (at and not organisation):
        raise InputError(_ASK, code="WHO_ACTS")
    if profile is not None:
        return Actor(profile, name, "--profile and --as")
    if not organisation:
        found = chosen()
        if found is None:
            raise InputError(f"Say of which organisation: `--as {name}@ORG`, or give --profile.", code="WHO_ACTS")
        return Actor(found.directory, name, "--as, in the chosen profile")
    if Path(organisation).name != organisation:
        raise InputError(f"{organisation!r} is no name of an organisation.", code="WHO_ACTS")
    return Actor(home() / PROFILES / organisation, name, "--as")


def chosen() -> Actor | None:
    """Return the user that `choose` kept, if there is one.

    Raises:
        InputError: CHOICE_MALFORMED.
    """
    path = _choice()
    try:
        found = json.loads(path.read_bytes())
        return Actor(Path(found["profile"]), str(found["user"]), "tradelane profile use")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"The file {path} cannot be read; choose anew with `tradelane profile use NAME@ORG`.",
            code="CHOICE_MALFORMED",
        ) from None


def choose(actor: Actor) -> Path:
    """Keep who acts from now on where nothing else says so, and return the file.

    Raises:
        InputError: FILE_UNWRITABLE.
    """
    path = _choice()
    partial = path.with_suffix(".partial")
    text = json.dumps({"profile": str(actor.directory.absolute()), "user": actor.user}, indent=2) + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.write_text(text)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"The file {path} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from error
    return path


def users_of(directory: Path) -> list[str]:
    """Return the names of a profile directory's users."""
    users = directory / "users"
    found = users.iterdir() if users.is_dir() else ()
    return sorted(each.name for each in found if each.is_dir() and not each.name.startswith("."))


def directories() -> list[Path]:
    """Return the profile directories below the network's state."""
    profiles = home() / PROFILES
    found = [each for each in profiles.iterdir() if (each / "profile.json").is_file()] if profiles.is_dir() else []
    return sorted(found)


def _chosen() -> Actor:
    found = chosen()
    if found is None:
        raise InputError(_ASK, code="WHO_ACTS")
    return found


def _only_user(profile: Path) -> Actor:
    """A bundle often has one user; then nobody needs to say who."""
    users = users_of(profile)
    if len(users) != 1:
        there_are = f"; there are: {', '.join(users)}" if users else ""
        raise InputError(f"Say which user of {profile} acts: `--as NAME`{there_are}.", code="WHO_ACTS")
    return Actor(profile, users[0], "the profile's only user")


def _choice() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config, "tradelane", "acting.json")
