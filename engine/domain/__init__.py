"""The functional core: nouns, legal moves and decisions. No I/O, no clock, no randomness, no framework."""
