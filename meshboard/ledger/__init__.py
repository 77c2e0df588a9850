"""Ledger: the SQLite file with every log this station holds, and the projection built from them."""
