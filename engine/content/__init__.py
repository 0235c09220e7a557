"""Reads `templates/`: parse, check, compile, render, preview."""
