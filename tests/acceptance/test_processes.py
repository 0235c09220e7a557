"""What only a process of its own can show: streams, pipes and signals."""

import json
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).parent / "fifthtouch"
NOISE = {"FIFTHTOUCH_LOG_LEVEL": "debug", "FIFTHTOUCH_LOG_FORMAT": "json"}


def test_standard_output_holds_only_json_while_the_log_is_at_its_loudest(tmp_path: Path) -> None:
    words = ["demo", "--leads", "2", "--days", "2", "--no-serve", "--json"]

    done = subprocess.run([COMMAND, *words], cwd=tmp_path, env=NOISE, capture_output=True, text=True, check=True)

    [line] = done.stdout.splitlines()
    summary = json.loads(line)
    assert (summary["leads"], summary["days"], summary["forgotten"], summary["duplicates"]) == (2, 2, 0, 0)
    assert done.stderr


def test_the_module_is_the_command(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "engine.cli", "segments", "hi", "--json"]

    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["segments"] == 1


def test_a_reader_that_goes_away_is_no_error_to_report(tmp_path: Path) -> None:
    """As in `fifthtouch classify - | head -1`."""
    words = [str(COMMAND), "segments", "--json", "-"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=-1, stdout=-1, stderr=-1) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stdin.write(b'"hi"\n' * 10)
        running.stdin.close()

        assert b"Traceback" not in running.stderr.read()


def test_answers_leave_line_by_line(tmp_path: Path) -> None:
    """Another program may ask, read and ask again."""
    words = [str(COMMAND), "segments", "--json", "-"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=-1, stdout=-1) as running:
        assert running.stdin
        assert running.stdout
        for text in (b'"one"\n', b'"two"\n'):
            running.stdin.write(text)
            running.stdin.flush()

            assert json.loads(running.stdout.readline())["segments"] == 1


def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    words = [str(COMMAND), "segments", "--json", "-"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=-1, stdout=-1, stderr=-1) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(b'"hi"\n')
        running.stdin.flush()
        running.stdout.readline()
        running.send_signal(signal.SIGINT)

        assert b"Traceback" not in running.stderr.read()
        assert running.wait() == 130
