"""Tests of the command line, inside this process."""
