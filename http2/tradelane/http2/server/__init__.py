"""The server's side: the peer opens streams, somebody here serves them."""
