"""Start as `python -m engine.cli`, where the command itself is not installed."""

from engine.cli.app import main

main()
