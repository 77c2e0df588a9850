"""Entries: how they are stored, which of them count, and what follows from them."""
