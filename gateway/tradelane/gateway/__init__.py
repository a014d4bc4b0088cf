"""The client: submits endorsed transactions, reads, and speaks of titles, documents and parties."""
