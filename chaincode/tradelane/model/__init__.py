"""The vocabulary of TradeLane: frozen records on the ledger and the requests that change them.

Field names are DCSA's where DCSA has one, else in its style (camelCase in JSON, snake_case in Python).
"""
