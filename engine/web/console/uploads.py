"""Files that somebody brings to the console: bounded, kept beside the database for a day, and named by chance alone."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import HTTPException, Request

from channels.webhooks.multipart import read_multipart
from engine import bootstrap
from engine.settings import Settings
from engine.web.bodies import clean

BYTES_MAX = 10 * 1024 * 1024  # some 100,000 rows; a larger file is read faster by the command line
FIELDS_BYTES_MAX = 64 * 1024
KEPT = timedelta(days=1)
NAME_MAX = 200
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was brought, and what was typed beside it."""

    token: str
    name: str
    data: bytes = field(repr=False)
    asked: Mapping[str, str]


async def read_upload(request: Request) -> tuple[str, bytes, Mapping[str, str]]:
    """Return the name and bytes of the file in a form, and the form's other fields; refuses what is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BYTES_MAX + FIELDS_BYTES_MAX:
            raise HTTPException(413, _TOO_LARGE)
    content_type = request.headers.get("content-type", "")
    form = read_multipart(content_type, bytes(body), whole=frozenset({"file"}), whole_bytes_max=BYTES_MAX + 1)
    if form.problems:
        raise HTTPException(400, "The file did not arrive whole: please choose it again.")
    file = next((part for part in form.parts if part.name == "file" and part.filename), None)
    if file is None or not file.filename:
        raise HTTPException(400, "Please choose a file.")
    if file.size_bytes > BYTES_MAX:
        raise HTTPException(413, _TOO_LARGE)
    asked = {
        clean(part.name): clean(bytes(part.content).decode("utf-8", "replace"))
        for part in form.parts
        if part.filename is None
    }
    return clean(Path(file.filename).name)[:NAME_MAX] or "file", bytes(file.content), asked


_TOO_LARGE = f"The file is larger than {BYTES_MAX // 2**20} MB: split it, or use `fifthtouch lead import`."


def keep(settings: Settings, name: str, data: bytes, asked: Mapping[str, str], now: datetime) -> Upload:
    """Keep a file until it is taken in, or for a day; older ones go."""
    folder = _folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    for path, content in (
        (folder / token, data),
        (folder / f"{token}.json", json.dumps({"name": name, "asked": dict(asked)}).encode()),
    ):
        path.touch(mode=0o600)
        path.write_bytes(content)
    return Upload(token=token, name=name, data=data, asked=asked)


def find(settings: Settings, token: str) -> Upload | None:
    """Return a kept file, or None where it is gone, or another machine has it."""
    folder = _folder(settings)
    if not _TOKEN.fullmatch(token) or not (folder / f"{token}.json").exists():
        return None
    told = json.loads((folder / f"{token}.json").read_bytes())
    return Upload(token=token, name=told["name"], data=(folder / token).read_bytes(), asked=told["asked"])


def forget(settings: Settings, token: str) -> None:
    """Remove a kept file."""
    for name in (token, f"{token}.json"):
        (_folder(settings) / name).unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    return bootstrap.state_folder(settings) / "uploads"
