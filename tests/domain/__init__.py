"""Tests of the pure rules: what should happen now, and when."""
