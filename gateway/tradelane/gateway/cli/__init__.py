"""The command `tradelane`.

Exit status: 0 done; 1 unexpected; 2 usage or bad input, nothing was sent; 3 refused by the contract; 4 not reachable
or overdue; 5 invalid at commit; 6 profile or identity; 130 interrupted; 141 output closed. An error is one sentence and
a code; TRADELANE_DEBUG=1 adds the trace, `--json` makes it {"code","message","details"}.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command of this process."""
    try:
        from tradelane.gateway.cli import root  # noqa: PLC0415 -- it takes a moment, which an interrupt may fall into

        root.main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. [INTERRUPTED]\n")
        sys.exit(130)
