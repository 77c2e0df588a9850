"""Packet ids: ours to choose, so that an answer can never outrun our knowing the id."""

import secrets


def new_packet_id() -> int:
    """Return a random packet id; never 0, which asks the node to choose one."""
    return secrets.randbelow(0xFFFFFFFF) + 1
