"""Take a multipart form apart within bounds: fields in full, files counted and dropped as they come."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

FIELDS_MAX = 300
FIELD_BYTES_MAX = 2_000_000
"""What is kept of a field; only fields and files named in *whole* are kept beyond it."""

HEADER_BYTES_MAX = 20_000  # a long file name, percent-encoded
_CHUNK_BYTES = 1 << 20


@dataclass(slots=True, kw_only=True)
class Part:
    """One field or file of the form; *content* is its beginning, *size_bytes* its length."""

    name: str = ""
    filename: str | None = None
    content_type: str = ""
    content: bytearray = field(default_factory=bytearray)
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """What was found, in its order, and what was wrong with it."""

    parts: list[Part]
    problems: tuple[str, ...] = ()


def read_multipart(content_type: str, body: bytes, *, whole: frozenset[str], whole_bytes_max: int) -> Multipart:
    """Return the parts of *body*; never raises, and gives those before the fault where it is broken or cut off.

    Bodies with bare line feeds are read too: that is how forms look after a text editor or a test archive had them.
    """
    kind, options = parse_options_header(content_type[:1000].encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        return Multipart(parts=[], problems=("The body is not declared as multipart/form-data.",))
    if b"\r" not in body[: body.find(b"\n") + 1]:
        body = body.replace(b"\n", b"\r\n")
    reading = _Reading(whole, whole_bytes_max)
    problem = reading.run(boundary, body)
    return Multipart(parts=reading.parts, problems=(problem,) if problem else ())


class _Reading:
    """One body under way: the library calls back for every piece it finds."""

    def __init__(self, whole: frozenset[str], whole_bytes_max: int) -> None:
        self.parts: list[Part] = []
        self.whole = whole
        self.whole_bytes_max = whole_bytes_max
        self.part = Part()
        self.room = 0
        self.header_name = bytearray()
        self.header_value = bytearray()
        self.has_ended = False

    def run(self, boundary: bytes, body: bytes) -> str:
        """Read *body* to its end or its fault; return what was wrong."""
        try:
            parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._data,
                    "on_end": self._end,
                },
                max_header_count=20,
                max_header_size=HEADER_BYTES_MAX,
            )
            for start in range(0, len(body), _CHUNK_BYTES):
                parser.write(body[start : start + _CHUNK_BYTES])
        except FormParserError as error:
            return f"The form is broken: {error}"[:300]
        return "" if self.has_ended else "The form is cut off."

    def _begin(self) -> None:
        if len(self.parts) >= FIELDS_MAX:
            raise FormParserError("too many parts")
        self.part = Part()

    def _header_field(self, piece: bytes, start: int, end: int) -> None:
        self.header_name += piece[start:end]

    def _header_value(self, piece: bytes, start: int, end: int) -> None:
        self.header_value += piece[start:end]

    def _header_end(self) -> None:
        name, value = bytes(self.header_name).lower(), bytes(self.header_value)
        self.header_name.clear()
        self.header_value.clear()
        if name == b"content-disposition":
            _, options = parse_options_header(value)
            self.part.name = options.get(b"name", b"").decode("utf-8", "replace")[:200]
            filename = options.get(b"filename")
            self.part.filename = None if filename is None else filename.decode("utf-8", "replace")[:300]
        elif name == b"content-type":
            self.part.content_type = parse_options_header(value)[0].decode("latin-1").lower()[:200]

    def _headers_finished(self) -> None:
        self.parts.append(self.part)
        self.room = FIELD_BYTES_MAX
        if self.part.name in self.whole:
            self.room = self.whole_bytes_max
        elif self.part.filename is not None:
            self.room = FIELD_BYTES_MAX // 20  # of other files only a report's lines are wanted

    def _data(self, piece: bytes, start: int, end: int) -> None:
        self.part.size_bytes += end - start
        wanted = min(end - start, self.room)
        if wanted > 0:
            self.part.content += piece[start : start + wanted]
            self.room -= wanted

    def _end(self) -> None:
        self.has_ended = True
