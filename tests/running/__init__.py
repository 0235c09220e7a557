"""Tests of the running parts: each a process of its own, on servers that stop and start."""
