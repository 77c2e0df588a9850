"""Whole stations: joined in memory, by hand, as processes, behind the app."""
