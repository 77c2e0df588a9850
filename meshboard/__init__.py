"""An offline-first mutual-aid request board over Meshtastic mesh radio."""

__version__ = "0.1.0"
