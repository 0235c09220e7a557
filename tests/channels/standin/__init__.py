"""Tests of the stand-in, which other tests take for the providers."""
