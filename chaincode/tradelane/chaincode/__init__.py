"""The chaincode service: the shim that speaks to the peer, the state it keeps, the contracts it offers."""
