"""A virtual Meshtastic node: what it keeps, sends and answers, and the TCP port it does it on."""
