"""Bend real inputs: cut, doubled, moved, flipped, spiced with what each format means something by."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

PARTS_MAX = 8
TIMES_MAX = 300

SPICES: tuple[bytes, ...] = (
    *(b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n\r\n", b"\t", b" ", b'"', b"'", b"\\", b"%", b"%00"),
    *(b"=?utf-8?q?", b"=?utf-8?b?=?=", b"=", b";", b":", b",", b"<", b">", b"<>", b"(", b"--", b"&", b"+", b"#", b"|"),
    *(b"{", b"}", b"[", b"]", b"{{", b"}}", b"{%", b"%}", b"- ", b"? ", b"&a ", b"*a", b"!!python/object:", b"<<: ", b"---\n"),
    *(b"null", b"NaN", b"1e999", b"-1", b"9" * 40, b"true", "é".encode(), "\u202e".encode(), "\U0001f600".encode()),
    *(b"multipart/mixed; boundary=", b"message/rfc822", b"Content-Type: ", b"charset=utf-7", b"base64", b"boundary*0=x"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """One change: what stands between two places (as shares of the whole) becomes *spice*, or is repeated."""

    start: float
    length: float
    spice: bytes
    times: int

    def of(self, text: bytes) -> bytes:
        """Return *text* bent."""
        start = int(self.start * len(text))
        end = start + int(self.length * 40)
        piece = self.spice or text[start:end]
        return text[:start] + piece * self.times + text[end:]


def bent(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return a strategy of *seeds*, each bent a few times."""
    share = st.floats(0, 1, allow_nan=False)
    spice = st.sampled_from(SPICES) | st.just(b"") | st.binary(max_size=6)
    bends = st.builds(Bend, start=share, length=share, spice=spice, times=st.sampled_from([0, 1, 1, 2, 3, TIMES_MAX]))
    return st.builds(_bend, st.sampled_from(list(seeds)), st.lists(bends, max_size=PARTS_MAX))


def _bend(seed: bytes, bends: Sequence[Bend]) -> bytes:
    for one in bends:
        seed = one.of(seed)
    return seed
