"""Tests of content: reading, checking, compiling and rendering messages."""
