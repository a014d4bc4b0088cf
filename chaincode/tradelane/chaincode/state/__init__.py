"""What the chaincode keeps on the ledger: names of keys, records behind them, and their endorsement policies."""
