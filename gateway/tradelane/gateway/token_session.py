"""Sessions with PKCS#11 tokens: one per token and process, opened again when it has been lost."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import pkcs11
from pkcs11 import exceptions as faults

from tradelane.gateway.errors import IdentityError
from tradelane.gateway.secret import Secret

T = TypeVar("T")

_PIN_FAULTS: Final = (
    faults.PinIncorrect,
    faults.PinInvalid,
    faults.PinLenRange,
    faults.PinExpired,
    faults.PinLocked,
)


class Module:
    """A maker's library. One thread at a time: python-pkcs11 asks the library for no locking of its own."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 -- pkcs11's compiled class
        self.library = library
        self.lock = threading.RLock()
        self.sessions: dict[str, pkcs11.Session] = {}
        """By token: a process logs in to a token once, whatever the number of keys."""

    def restart(self) -> None:
        """Have the library look again which tokens there are; this ends all sessions."""
        self.sessions.clear()
        with contextlib.suppress(faults.PKCS11Error):
            self.library.finalize()
        self.library.initialize()


_modules: Final[dict[Path, Module]] = {}
_modules_lock: Final = threading.Lock()


def module_of(path: Path) -> Module:
    """Return the library at a path, loaded once per process.

    Raises:
        IdentityError: MODULE_UNUSABLE.
    """
    with _modules_lock:
        if path not in _modules:
            try:
                _modules[path] = Module(pkcs11.lib(str(path)))
            except faults.PKCS11Error:
                raise IdentityError(
                    f"{path} is no PKCS#11 module that can be loaded.", code="MODULE_UNUSABLE"
                ) from None
        return _modules[path]


class TokenSession:
    """One key's way to its token."""

    def __init__(self, module: Module, label: str, pin: Secret) -> None:
        self.label = label
        self._module, self._pin = module, pin
        self._refusal: IdentityError | None = None

    def perform(self, work: Callable[[pkcs11.Session], T]) -> T:
        """Do something in the token, over a fresh session if the one at hand has been lost."""
        with self._module.lock:
            with contextlib.suppress(faults.PKCS11Error):
                return work(self._session())
            self._forget()
            try:
                return work(self._session())
            except faults.PKCS11Error as error:
                raise IdentityError(
                    f"The token {self.label!r} failed ({type(error).__name__}).", code="TOKEN_FAILED"
                ) from None

    def _session(self) -> pkcs11.Session:
        session = self._module.sessions.get(self.label)
        if session is None:
            if self._refusal is not None:
                raise self._refusal
            session = self._module.sessions[self.label] = self._log_in(self._find())
        return session

    def _find(self) -> pkcs11.Token:
        for again in (False, True):
            with contextlib.suppress(faults.PKCS11Error):
                if again:
                    self._module.restart()
                token: pkcs11.Token = self._module.library.get_token(token_label=self.label)
                return token
        raise IdentityError(
            f"There is no token with the label {self.label!r}; is it plugged in, and the module's configuration right?",
            code="TOKEN_ABSENT",
        )

    def _log_in(self, token: pkcs11.Token) -> pkcs11.Session:
        try:
            return token.open(user_pin=self._pin())
        except (
            faults.PinIncorrect,
            faults.PinInvalid,
            faults.PinLenRange,
            faults.PinExpired,
            faults.PinLocked,
        ) as error:
            locked = isinstance(error, faults.PinLocked)
            advice = "it is locked; its security officer can unlock it" if locked else "it is not tried again"
            self._refusal = IdentityError(
                f"The token {self.label!r} refuses the PIN: {advice}.", code="PIN_LOCKED" if locked else "PIN_REFUSED"
            )
            raise self._refusal from None

    def _forget(self) -> None:
        session = self._module.sessions.pop(self.label, None)
        if session is not None:
            with contextlib.suppress(faults.PKCS11Error):
                session.close()
