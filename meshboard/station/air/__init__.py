"""The one radio of a station: what airtime it may take, and which circles it can carry."""
