"""Entries, made by hand or drawn."""
