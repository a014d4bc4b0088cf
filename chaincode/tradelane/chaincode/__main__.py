"""TradeLane's chaincode as a service: `python -m tradelane.chaincode`; see `config` for its environment."""

import os
import sys

from tradelane.chaincode.contract import build
from tradelane.chaincode.service import run

if __name__ == "__main__":
    sys.exit(run(os.environ, build()))
