"""A software token in a directory of the test run: SoftHSM, which Debian packages as softhsm2."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

MODULES = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/pkcs11/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
]


class SoftHsm:
    """Tokens in a directory. SoftHSM reads where from its environment, once per process."""

    def __init__(self, directory: Path) -> None:
        found = next((path for path in MODULES if path.exists()), None)
        if found is None or shutil.which("softhsm2-util") is None:
            pytest.skip("SoftHSM is not installed here (Debian's package softhsm2)")
        self.module = found
        self.directory = directory / "tokens"
        self.directory.mkdir()
        configuration = directory / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {self.directory}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)

    def token(self, pin: str) -> str:
        """Make a token; returns its label."""
        label = f"token-{secrets.token_hex(4)}"
        command = ["softhsm2-util", "--module", str(self.module), "--init-token", "--free", "--label", label]
        command += ["--pin", pin, "--so-pin", secrets.token_hex(8)]
        subprocess.run(command, check=True, capture_output=True)
        return label


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    return SoftHsm(tmp_path_factory.mktemp("softhsm"))
