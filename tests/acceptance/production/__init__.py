"""Production mode as its user runs it: every part a process of its own, real servers, providers played by the stand-in."""
