"""`template preview --open`: a small server of its own, opened in the browser, that follows the file."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.servers import eventually

COMMAND = Path(sys.executable).parent / "fifthtouch"
SECONDS_TO_START = 60


def test_a_preview_opens_in_the_browser_and_follows_its_file(tmp_path: Path) -> None:
    subprocess.run([COMMAND, "template", "init", "mine", "--trade", "home-services"], cwd=tmp_path, check=True)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened.tmp && mv {tmp_path}/opened.tmp {tmp_path}/opened\n')
    browser.chmod(0o755)
    words = ["template", "preview", "hello-text", "--open", "--templates", "mine", "--lead", "emoji"]

    with subprocess.Popen(
        [COMMAND, *words], cwd=tmp_path, env={"BROWSER": str(browser), "PATH": "/usr/bin:/bin"}, stderr=-1
    ) as running:
        try:
            eventually((tmp_path / "opened").exists, within_seconds=SECONDS_TO_START)
            address = (tmp_path / "opened").read_text().strip()
            page = httpx2.get(address, timeout=SECONDS_TO_START).text
            base = f"http://{urlsplit(address).netloc}"
            before = json.loads(httpx2.get(f"{base}/console/content/files").text)
            (tmp_path / "mine" / "sms" / "hello-text.txt").write_text("Quite other words. Reply STOP to stop.\n")
            after = json.loads(httpx2.get(f"{base}/console/content/files").text)
            edited = httpx2.get(address, timeout=SECONDS_TO_START).text
        finally:
            running.send_signal(signal.SIGINT)
        assert running.stderr
        told = running.stderr.read().decode()

    assert urlsplit(address).hostname == "127.0.0.1"
    assert "Zoë 🌿" in page
    assert before != after
    assert "Quite other words." in edited
    assert "Ctrl+C" in told
    assert "Traceback" not in told
    assert running.returncode == 0


@pytest.mark.parametrize("words", [["no-such-message"], ["hello-text", "--lead", "nobody at all"]])
def test_what_is_not_there_opens_nothing(tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        [COMMAND, "template", "preview", *words, "--open"], cwd=tmp_path, env={"BROWSER": "/bin/false"},
        capture_output=True, text=True, check=False, timeout=SECONDS_TO_START,
    )  # fmt: skip

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
