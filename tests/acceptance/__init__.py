"""Tests from outside: the command as a user starts it, in an empty folder."""
