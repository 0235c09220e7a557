"""How many attempts go on record together: as many as this process lately got on the wire in time.

An attempt whose call has not begun within `CALL_BY` is taken back, and its message waits its turn again. A machine with
little processor time to give would spend it on that: so whoever misses takes half the stride, and a little more each
time all went well (Chiu and Jain, "Analysis of the increase and decrease algorithms", 1989).
"""

from dataclasses import dataclass

STRIDE_MAX = 50
LONGER_BY = 5


@dataclass(slots=True)
class Stride:
    """The stride of one process; its threads share it, as they share the processor."""

    size: int = STRIDE_MAX

    def hear(self, *, made: int, missed: int) -> None:
        """Hear that of *made* attempts *missed* had no time to start."""
        if missed:
            self.size = max(1, min(self.size, made // 2))
        elif made >= self.size:
            self.size = min(STRIDE_MAX, self.size + LONGER_BY)
