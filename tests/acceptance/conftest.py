"""The same shell as the command line's own tests, for what is too often asked to start a process each time."""

from tests.cli.conftest import bare, begun, shell

__all__ = ["bare", "begun", "shell"]
