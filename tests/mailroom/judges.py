"""Ask the judges that come from npm and from Debian; each test that needs one which is not installed is skipped."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.servers import skip_unless_ci
from tests.shared import REPOSITORY

ROOM = REPOSITORY / ".venv" / "npm"
TOOLS = Path(__file__).parent / "tools"
SECONDS_MAX = 300


def ask_node(tool: str, question: Any) -> Any:
    """Return what `tools/<tool>.mjs` answers to *question*, both as JSON."""
    node = shutil.which("node")
    if node is None or not (ROOM / ".packages").exists():
        skip_unless_ci("the judges from npm are not installed; scripts/install-node-tools.sh says how")
    return json.loads(_run([node, str(TOOLS / f"{tool}.mjs")], json.dumps(question), NODE_ROOM=str(ROOM)))


def program(*names: str) -> str:
    """Return the path of the first of *names* that is installed."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        skip_unless_ci(f"{names[0]} is not installed; scripts/install-services.sh says how")
    return found


def ask_spamassassin(mailbox: str) -> str:
    """Return *mailbox*, mails in mbox form, with the verdict in each mail's header: all rules that need no network."""
    settings = (
        "dns_available no",  # not --local, which would not see a signature either
        "use_bayes 0",
        "report_safe 0",
        "add_header all Status _YESNO_, score=_SCORE_ tests=_TESTSSCORES(,)_",
    )
    return _run([program("spamassassin"), "--mbox", *(f"--cf={one}" for one in settings)], mailbox)


def _run(command: list[str], asked: str, **environment: str) -> str:
    done = subprocess.run(
        command, input=asked, capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout
