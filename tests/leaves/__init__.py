"""Tests of the modules that import nothing of ours."""
