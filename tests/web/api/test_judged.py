"""The API keeps its description, as somebody else's judge finds: a few of each operation here, more by `make schemathesis`."""

from pathlib import Path

import pytest

from tests.web.api.judge import judge


@pytest.mark.slow
def test_nothing_breaks_and_every_answer_is_as_described(tmp_path: Path) -> None:
    told = judge(tmp_path, "--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "20", "--max-time", "12")

    assert told.returncode == 0, told.stdout[-5_000:] + told.stderr[-2_000:]
    assert "Tested: " in told.stdout
