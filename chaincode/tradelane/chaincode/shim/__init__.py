"""A chaincode shim for Hyperledger Fabric 3.1: asyncio, typed, useful on its own."""
