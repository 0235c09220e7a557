"""The same shell as the command line's own tests, for what is too often asked to start a process each time."""

from tests.cli.conftest import shell

__all__ = ["shell"]
