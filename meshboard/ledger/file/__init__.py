"""The file: the SQLite library under it, its tables, its transactions, and what can go wrong with it."""
