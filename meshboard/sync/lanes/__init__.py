"""Lanes: six equals that each say one kind of frame, and the chooser that says whose turn it is."""
