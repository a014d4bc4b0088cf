"""The chain as a peer keeps it: blocks and transactions, asked for, decoded and checked."""
