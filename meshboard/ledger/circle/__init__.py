"""Circles: who this station is in each, their secrets, and the stations known in them."""
