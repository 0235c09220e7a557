"""Judge the API by its own description: `python -m tests.web.api.judge EXAMPLES` sends so many of each operation and says what was wrong.

Schemathesis makes what the description allows, what it forbids, and follows ids from answer to question; it finds
answers that the description does not know, and whatever breaks.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from engine.bootstrap import prepare, real_world
from engine.flows.keys import make_key
from engine.settings import Settings
from engine.web.app import create_app
from tests.web.scenes import arrive, work
from tests.web.served import served

SECRET = "a secret for tests only, as long as it should be"  # noqa: S105 - it opens nothing
LEADS = 3


def judge(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Serve an installation with some leads in *folder*, and let Schemathesis judge its API; return what it said."""
    settings = Settings(database_url=f"sqlite:///{folder}/judged.db", secret_key=SECRET, api_requests_per_minute=0)
    kit = prepare(settings, real_world(settings))
    try:
        for number in range(LEADS):
            arrive(kit, number + 1)
        work(kit)
        secret = make_key(kit, "judge", by="test").secret
        with served(create_app(kit, settings)) as address:
            return subprocess.run(
                [
                    *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION), "run"),
                    *(f"{address}/api/v1/openapi.json", "--header", f"Authorization: Bearer {secret}"),
                    *("--no-color", "--warnings", "off", "--continue-on-failure", *arguments),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
    finally:
        kit.database.close()


CONFIGURATION = Path(__file__).with_name("schemathesis.toml")

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        told = judge(Path(place), "--max-examples", sys.argv[1] if sys.argv[1:] else "100")
    sys.stdout.write(told.stdout + told.stderr)
    sys.exit(told.returncode)
