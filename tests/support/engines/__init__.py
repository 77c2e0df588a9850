"""Engines without a station: networks in virtual time, and what goes wrong on them."""
