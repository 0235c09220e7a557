"""What is wrong with a written delay, window or place."""


class TimingError(ValueError):
    """A delay, window, zone or date cannot be understood; the message says what and how to write it."""
