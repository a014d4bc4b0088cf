"""The network: stands up, watches and takes down Fabric natively, one organisation per jurisdiction."""
