"""Handhelds: a person with only a Meshtastic radio writes a plain text and gets a plain short answer."""
