"""Tests of reading a leads file: bytes in, rows and errors out."""
