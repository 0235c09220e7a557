"""Run Prism, a mock server that judges requests and answers by an API's own description, as a stranger would."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import eventually, free_port, running, skip_unless_ci
from tests.shared import REPOSITORY, shared_file

PROGRAM = REPOSITORY / ".venv" / "npm" / "node_modules" / ".bin" / "prism"
START_SECONDS_MAX = 60

SENDGRID, TWILIO = "sendgrid_mail_send.strict.json", "twilio_messages_calls.strict.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Where each of the judges listens: mocks judge requests, proxies also what the stand-in answers to them."""

    sendgrid_mock: str
    sendgrid_proxy: str
    twilio_mock: str
    twilio_proxy: str


@contextmanager
def running_judges(folder: Path, *, sendgrid_url: str, twilio_url: str) -> Iterator[Judges]:
    """Run all four until the block ends, with proxies before the stand-in at the two URLs; skip where not installed."""
    if not PROGRAM.exists():
        skip_unless_ci("the mock server is not installed; scripts/install-node-tools.sh says how")
    sendgrid, twilio = shared_file(f"specs/{SENDGRID}"), _with_relative_uris(shared_file(f"specs/{TWILIO}"), folder)
    with ExitStack() as stack:
        urls = [
            stack.enter_context(_starting(command, folder / f"prism_{number}.log"))
            for number, command in enumerate(
                (
                    ("mock", sendgrid),
                    ("proxy", sendgrid, sendgrid_url),
                    ("mock", twilio),
                    ("proxy", twilio, twilio_url),
                )
            )
        ]
        for url in urls:
            eventually(lambda url=url: _answers(url), within_seconds=START_SECONDS_MAX)  # type: ignore[misc]
        yield Judges(sendgrid_mock=urls[0], sendgrid_proxy=urls[1], twilio_mock=urls[2], twilio_proxy=urls[3])


def _with_relative_uris(spec: Path, folder: Path) -> Path:
    """Return a copy of Twilio's *spec* that lets a page's links be relative, as Twilio's own examples in it are."""
    found = json.loads(spec.read_text(encoding="utf-8"))
    _loosen(found)
    copy = folder / spec.name
    copy.write_text(json.dumps(found), encoding="utf-8")
    return copy


def _loosen(node: Any) -> None:
    if isinstance(node, dict):
        for name, value in node.items():
            if (name == "uri" or name.endswith("_page_uri")) and isinstance(value, dict):
                value.pop("format", None)
            _loosen(value)
    elif isinstance(node, list):
        for value in node:
            _loosen(value)


@contextmanager
def _starting(command: tuple[object, ...], log: Path) -> Iterator[str]:
    port = free_port()
    with running(None, [PROGRAM, *command, "--port", port, "--errors"], log):
        yield f"http://127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except requests.ConnectionError:
        return False
    return True
