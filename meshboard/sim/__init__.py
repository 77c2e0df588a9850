"""Simulate a LoRa mesh of Meshtastic nodes, in virtual time or behind real TCP ports."""
