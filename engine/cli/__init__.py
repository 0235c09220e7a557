"""The command line: one module for each noun, loaded only when it is asked for."""

from engine.cli.app import main

__all__ = ["main"]
