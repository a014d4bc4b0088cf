"""Typed calls, one module per contract: functions that return a `Flow` for a client's `run`."""
