"""KnownEpochs and their keys: asking for one, giving them, and what is said where one is over."""
