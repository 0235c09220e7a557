"""Tests of what providers post to us."""
