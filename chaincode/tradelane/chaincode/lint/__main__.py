"""Runs the linter."""

import sys

from tradelane.chaincode.lint.cli import main

if __name__ == "__main__":
    sys.exit(main())
