"""The numbered changes that make a ledger file: frozen once released."""
