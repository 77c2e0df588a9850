"""A scenario run in virtual time: the real engine on simulated radios, measured against a genie."""
