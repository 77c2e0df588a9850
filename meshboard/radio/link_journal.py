"""The radio's journal: what happened to the link, never what was said over it."""

import logging

JOURNAL = logging.getLogger("meshboard.radio")
# Without a handler of its own, Python would print warnings over the screen of whoever did not set one up.
JOURNAL.addHandler(logging.NullHandler())

# The library logs payloads, and prints to stderr when nobody configured logging.
logging.getLogger("meshtastic").setLevel(logging.CRITICAL + 1)
