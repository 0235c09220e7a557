"""Keys are told once, listed without what opens the door, and revoked for good."""

import sqlite3

from engine.domain.access import Scope
from tests.cli.conftest import Shell


def test_a_key_is_told_once_and_kept_as_a_hash(shell: Shell) -> None:
    made = shell.answer("apikey", "create", "website")

    [listed] = shell.answers("apikey", "list")
    assert made["key"].startswith("ft_")
    assert listed["name"] == "website"
    assert made["key"].startswith(listed["hint"])
    assert made["key"] not in shell.good("apikey", "list")
    assert made["key"].encode() not in (shell.folder / "fifthtouch.db").read_bytes()


def test_a_revoked_key_stays_on_record(shell: Shell) -> None:
    made = shell.answer("apikey", "create", "website")

    assert shell.answer("apikey", "revoke", "website") == {"revoked": [made["id"]]}

    [listed] = shell.answers("apikey", "list")
    assert listed["revoked_at"] is not None
    assert "apikey list" in shell.refusal("apikey", "revoke", made["id"])


def test_making_and_revoking_stand_in_the_audit_log(shell: Shell) -> None:
    made = shell.answer("apikey", "create", "website")
    shell.good("apikey", "revoke", made["id"])

    with sqlite3.connect(shell.folder / "fifthtouch.db") as connection:
        rows = connection.execute("SELECT actor, action, subject FROM audit_log ORDER BY at, id").fetchall()
    connection.close()

    actions = [row for row in rows if row[1].startswith("apikey.")]
    assert actions == [
        ("command-line", "apikey.created", made["id"]),
        ("command-line", "apikey.revoked", made["id"]),
    ]


def test_a_key_for_nobody_is_refused(shell: Shell) -> None:
    assert "is no name" in shell.refusal("apikey", "create", "  ")


def test_for_a_person_only_the_key_goes_to_standard_output(shell: Shell) -> None:
    told = shell.run("apikey", "create", "website")

    assert told.stdout.strip().startswith("ft_")
    assert len(told.stdout.split()) == 1
    assert "shown only now" in told.stderr


def test_a_key_may_do_what_it_was_made_for(shell: Shell) -> None:
    shell.good("apikey", "create", "crm", "--scope", "tasks:read", "--scope", "leads:read")
    shell.good("apikey", "create", "website")

    some, every = shell.answers("apikey", "list")

    assert some["scopes"] == ["leads:read", "tasks:read"]
    assert len(every["scopes"]) == len(Scope)
    assert "everything" in shell.good("apikey", "list")
