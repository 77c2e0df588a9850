"""Decide what to say on the air and when."""
