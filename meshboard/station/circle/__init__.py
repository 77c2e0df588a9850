"""One circle as this process works on it: its people, invites and keys."""
