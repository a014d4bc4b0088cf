"""Transfers of titles between platforms, DCSA PINT 3.0.0: envelopes, chains, answers, a receiving service, a sender.

`messages`, `chain`, `replay`, `envelope`, `receiving` and `sending` do no I/O; `store` keeps what was accepted,
`registry` asks the ledger, `service` and `http` are the two ends of the wire.
"""
