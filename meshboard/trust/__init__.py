"""Trust: author keys, circles, sealed frames and invites. Pure; key material is passed in."""
