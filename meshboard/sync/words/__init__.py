"""Saying what is held and what is lacking: beacons, summaries, requests, reminders."""
