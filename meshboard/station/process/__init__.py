"""One process on one machine: its memory, clock and lock, its journal, what it tells other processes."""
