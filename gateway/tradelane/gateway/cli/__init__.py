"""The command `tradelane`.

Exit status: 0 done; 1 unexpected; 2 usage or bad input, nothing was sent; 3 refused by the contract; 4 not reachable
or overdue; 5 invalid at commit; 6 profile or identity. An error is one sentence and a code; TRADELANE_DEBUG=1 adds
the trace, `--json` makes it {"code","message","details"}.
"""

from tradelane.gateway.cli.root import app, main

__all__ = ["app", "main"]
