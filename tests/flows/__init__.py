"""Tests of the flows: the real flows on real databases, with a virtual clock and a provider that obeys the test."""
