"""The client's side: streams are opened here, as many at once as the peer allows."""
