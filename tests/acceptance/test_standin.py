"""The stand-in as a person runs it: it says what to set, takes messages, does as it is told, and ends with Ctrl+C."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.standin import read_account
from tests.channels.standin.conftest import LEAD, SENDER, mail_to, twilio_client
from tests.channels.standin.listener import listening

COMMAND = Path(sys.executable).parent / "fifthtouch"

pytestmark = pytest.mark.slow


@contextmanager
def _running(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """Run it until the block ends, and yield it with what it says of itself."""
    command = [str(COMMAND), "standin", "--port-base", "0", "--pace", "0", "--json", *words]
    with subprocess.Popen(command, cwd=folder, env={}, text=True, stdout=-1, stderr=-1) as running:
        assert running.stdout
        try:
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


def test_a_message_goes_in_and_its_callback_comes_out(tmp_path: Path) -> None:
    with listening() as engine, _running(tmp_path, "--callbacks", engine.url, "--account", "account.jsonl") as one:
        running, told = one
        env = told["environment"]
        client = twilio_client(env["TWILIO_ACCOUNT_SID"], env["TWILIO_AUTH_TOKEN"], env["FIFTHTOUCH_TWILIO_URL"])
        client.messages.create(to=LEAD, from_=SENDER, body="Hello")
        posted = requests.post(
            env["FIFTHTOUCH_SENDGRID_URL"] + "/standin/texts",
            json={"from": LEAD, "to": SENDER, "body": "Hi"},
            timeout=10,
        ).json()

        assert (told["callbacks"], env["FIFTHTOUCH_PUBLIC_URL"], posted["status"]) == (engine.url, engine.url, 204)
        assert [one.text for one in read_account(tmp_path / "account.jsonl")] == ["Hello"]
        assert [came.form["Body"] for came in engine.at("/webhooks/twilio/sms")] == ["Hi"]
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0


def test_it_does_wrong_when_it_is_told_to_and_shows_its_account(tmp_path: Path) -> None:
    with _running(tmp_path, "--no-callbacks") as (_, told):
        env = told["environment"]
        url, keys = env["FIFTHTOUCH_SENDGRID_URL"], {"Authorization": f"Bearer {env['SENDGRID_API_KEY']}"}
        fault = requests.post(f"{url}/standin/faults", json={"kind": "fail", "times": 1, "accepts": True}, timeout=10)
        odd = requests.post(f"{url}/standin/faults", json={"kind": "odd"}, timeout=10)
        body = mail_to("ann@example.com")

        statuses = [requests.post(f"{url}/v3/mail/send", json=body, headers=keys, timeout=10).status_code for _ in "12"]

        account = requests.get(f"{url}/standin/account", timeout=10).json()
        assert (fault.status_code, odd.status_code, statuses) == (200, 400, [503, 202])
        assert [one["to"] for one in account] == ["ann@example.com"] * 2


def test_ports_that_somebody_has_are_told_with_what_to_do(tmp_path: Path) -> None:
    with _running(tmp_path) as (_, told):
        port = told["environment"]["FIFTHTOUCH_SENDGRID_URL"].rpartition(":")[2]

        words = [str(COMMAND), "standin", "--port-base", port]
        done = subprocess.run(words, cwd=tmp_path, env={}, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert "choose others with --port-base" in done.stderr
