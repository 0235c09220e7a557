"""Measurements: deselected by default, run by `make bench`; each prints what it found beside a floor of the same run."""
