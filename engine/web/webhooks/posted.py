"""Read what a provider posts: to a bound, hashed as it comes, and beside memory where it is large.

Nothing is believed before its signature is checked, and that takes the last byte; so what anybody may post must cost
little until then.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

IN_MEMORY_BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A body that has come whole: its beginning, its true size, and the SHA-256 of *prefix* and all of it."""

    content: SpooledTemporaryFile[bytes]
    size_bytes: int
    digest: bytes

    def read(self, bytes_max: int = -1) -> bytes:
        """Return the content from its beginning."""
        self.content.seek(0)
        return self.content.read(bytes_max)


@asynccontextmanager
async def posted(
    request: Request, *, kept_max: int, size_max: int, refused: Callable[[str], None], prefix: bytes = b""
) -> AsyncIterator[Posted]:
    """Read the body of *request*, keeping *kept_max* bytes of it; one beyond *size_max* is answered with 413.

    *refused* is told why, before.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX) as content:
        digest = sha256(prefix)
        size = 0
        try:
            async for chunk in request.stream():
                digest.update(chunk)
                if size < kept_max:
                    content.write(chunk[: kept_max - size])
                size += len(chunk)
                if size > size_max:
                    refused("oversized")
                    raise HTTPException(413, "This is more than a callback can hold.")
        except ClientDisconnect:
            refused("cut off")
            raise HTTPException(400, "The body did not come whole.") from None
        yield Posted(content=content, size_bytes=size, digest=digest.digest())
