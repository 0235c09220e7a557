"""A business in production: its processes, its settings, and the ways a person or a program speaks to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import httpx2
import psycopg
from psycopg.rows import dict_row

from channels.standin import StandIn
from tests.servers import PostgresServer, eventually, free_port
from tests.shared import REPOSITORY

COMMAND = Path(sys.executable).parent / "fifthtouch"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30

PARTS: Mapping[str, Sequence[str]] = {
    "web": ("web",),
    "work": ("work",),
    "work-first": ("work", "--lane", "first"),
    "tick": ("tick",),
}
"""What the Procfile starts, one process each."""


PUBLIC_URL = "https://hello.seller.example"
"""How leads and providers know the web server; the stand-in reaches it on loopback, as behind a proxy."""

SENDERS = (
    ("email", "sendgrid", "hello@seller.example"),
    ("sms", "twilio", "+15035550199"),
    ("voicemail", "twilio", "+15035550199"),
)


@dataclass(slots=True, kw_only=True)
class Shop:
    """A running business; *standin* plays its providers and keeps their account."""

    folder: Path
    port: int
    environment: dict[str, str]
    standin: StandIn
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    api_key: str = ""

    @property
    def url(self) -> str:
        """Where its web server is."""
        return f"http://127.0.0.1:{self.port}"

    def told(self, *words: str) -> list[dict[str, Any]]:
        """Run a command with --json and return what it prints."""
        done = self.run(*words, "--json")
        return [json.loads(line) for line in done.splitlines()]

    def run(self, *words: str) -> str:
        """Run a command to its end and return its standard output; a failing one fails the test."""
        done = subprocess.run(
            [COMMAND, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str, *words: str) -> None:
        """Start one of `PARTS`, or *words* under *name*."""
        with (self.folder / f"{name}.log").open("ab") as output:
            self.running[name] = subprocess.Popen(
                [COMMAND, *(words or PARTS[name])], cwd=self.folder, env=self.environment, stdout=output, stderr=output
            )

    def kill(self, name: str) -> None:
        """End one part as a crash would."""
        part = self.running.pop(name)
        part.kill()
        part.wait()

    def close(self) -> None:
        """End every part in order."""
        for part in self.running.values():
            part.send_signal(signal.SIGTERM)
        for part in self.running.values():
            try:
                part.wait(timeout=STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        self.running.clear()

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """Post *body* to the API and return the answer; anything but a success fails the test."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = httpx2.post(
            f"{self.url}/api/v1{path}",
            json=dict(body),
            headers={"Authorization": f"Bearer {self.api_key}", **named},
            timeout=30,
        )
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Return what the database says; for waiting, where a command each time would take the machine's breath."""
        address = self.environment["DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(address, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def log(self, part: str) -> str:
        """Return what a part has logged so far."""
        return (self.folder / f"{part}.log").read_text(errors="replace")

    def is_ready(self) -> bool:
        """Return whether the web server answers and can do its work."""
        try:
            return httpx2.get(f"{self.url}/health/ready", timeout=5).is_success
        except httpx2.HTTPError:
            return False


@contextmanager
def open_shop(
    folder: Path,
    postgres: PostgresServer,
    redis_url: str,
    *,
    standin_settings: Mapping[str, Any] | None = None,
    **settings: str,
) -> Iterator[Shop]:
    """Yield a business on an empty database, live on the stand-in, with every part running."""
    url = postgres.create_database()
    port = free_port()
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, url)
        here = f"http://127.0.0.1:{port}"
        plays = {"account_file": folder / "account.jsonl", "public_url": PUBLIC_URL, **(standin_settings or {})}
        standin = stack.enter_context(StandIn(here, **plays))
        environment = _environment(url, redis_url, port, standin) | settings
        shop = Shop(folder=folder, port=port, environment=environment, standin=standin)
        stack.callback(shop.close)
        shop.run("db", "upgrade")
        _go_live(shop)
        [key] = shop.told("apikey", "create", "shop")
        shop.api_key = key["key"]
        for name in PARTS:
            shop.start(name)
        eventually(shop.is_ready, within_seconds=START_SECONDS_MAX)
        yield shop


def _go_live(shop: Shop) -> None:
    """Publish what is sent, and let real providers send it, as the guide for production says."""
    copytree(REPOSITORY / "templates", shop.folder / "templates")
    for shipped in (shop.folder / "templates/sequences").glob("*.yaml"):
        shipped.unlink()
    copy(Path(__file__).parent / "walkthrough.yaml", shop.folder / "templates/sequences")
    shop.run("sequence", "publish")
    for channel, provider, address in SENDERS:
        shop.run("sender", "add", address, "--channel", channel, "--provider", provider, "--rate", "50")
    for one in shop.told("attest", "list"):
        shop.run("attest", one["name"], "--by", "Maren Holt")
    shop.run("live", "start")


def _environment(url: str, redis_url: str, port: int, standin: StandIn) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "FIFTHTOUCH_PUBLIC_URL": PUBLIC_URL,
        "FIFTHTOUCH_SECRET_KEY": "a secret for production in tests, long enough",
        "SENDGRID_API_KEY": standin.sendgrid_api_key,
        "FIFTHTOUCH_SENDGRID_URL": standin.sendgrid_url,
        "FIFTHTOUCH_SENDGRID_WEBHOOK_KEYS": standin.sendgrid_webhook_key,
        "FIFTHTOUCH_SENDGRID_INBOUND_KEYS": standin.sendgrid_inbound_key,
        "TWILIO_ACCOUNT_SID": standin.twilio_sid,
        "TWILIO_AUTH_TOKEN": standin.twilio_token,
        "FIFTHTOUCH_TWILIO_URL": standin.twilio_url,
        "FIFTHTOUCH_REPLY_DOMAIN": "reply.seller.example",
        # The stand-in's leads live at addresses reserved for examples, which a live adapter takes only by name.
        "FIFTHTOUCH_ALLOW_LIST": "@example.com,+1*,+44*,+61*",
        "FIFTHTOUCH_LOG_FORMAT": "json",
        "PYTHONPATH": str(REPOSITORY),
    }
