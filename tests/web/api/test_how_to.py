"""The commands of the integrator's page, as they stand there, by a shell and curl against a served app."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI

from engine.settings import Settings
from tests.documents.pages import PAGES, typed
from tests.web.embedded import settings
from tests.web.served import served

__all__ = ["settings"]

PAGE = "docs/how-to/send-leads-by-api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page asks by curl")
def test_every_command_of_the_page_works(app: FastAPI, settings: Settings, tmp_path: Path) -> None:
    with served(app) as address:
        said = [one.command for one in typed(PAGES[PAGE]) if one.command != "fifthtouch up &"]
        script = "\n".join(["set -euo pipefail", *said]).replace("http://127.0.0.1:8000", address)
        found = {
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
            "FIFTHTOUCH_DATABASE_URL": settings.database_url,
        }
        secret = settings.secret_key
        assert secret is not None
        found["FIFTHTOUCH_SECRET_KEY"] = secret.get_secret_value()
        told = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=found, capture_output=True, text=True, check=False, timeout=60
        )

    assert told.returncode == 0, told.stdout[-2_000:] + told.stderr[-2_000:]
    assert len(said) > 15
    assert "ann@example.com" in (tmp_path / "leads.csv").read_text("utf-8")
