"""Take the pictures of five emails that the documentation shows: python scripts/mail_shots.py."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from channels.address import Channel
from channels.message import EmailContent
from engine.content.compile import compile_message
from engine.content.library import load_library
from engine.content.preview import HARD_CASES, preview

REPOSITORY = Path(__file__).resolve().parent.parent
CHOSEN = (
    ("home-services", "instant-answer"),
    ("home-services", "short-question"),
    ("home-services", "hidden-waste"),
    ("professional-services", "what-a-visit-is-like"),
    ("online-shop", "thank-you"),
)
"""Each from its trade: an answer, a question, a letter, and two of other businesses."""


def main() -> int:
    """Write the pictures into docs/images; return the exit code."""
    browser, node = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("node")
    if browser is None or node is None:
        sys.stderr.write("Chromium and Node are needed: scripts/install-services.sh says how.\n")
        return 2
    question = {
        "browser": browser,
        "mails": {f"{trade}-{name}": _html(trade, name) for trade, name in CHOSEN},
        "folder": str(REPOSITORY / "docs" / "images"),
    }
    room = {"NODE_ROOM": str(REPOSITORY / ".venv" / "npm")}
    tool = REPOSITORY / "scripts" / "mail_shots.mjs"
    return subprocess.run(
        [node, str(tool)], input=json.dumps(question), text=True, check=False, env={**os.environ, **room}
    ).returncode


def _html(trade: str, name: str) -> str:
    library = load_library(trade=trade)
    content = preview(compile_message(library, library.need(Channel.EMAIL, name)), HARD_CASES["typical"])
    return content.html if isinstance(content, EmailContent) else ""


if __name__ == "__main__":
    sys.exit(main())
