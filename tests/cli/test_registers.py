"""Do-not-call lists, attestations, emergencies and the question what would change, on the command line."""

from typing import Any

import pytest

from tests.cli.conftest import Shell

OWN = """\
rules:
  - {id: OWN-NO-MAIL, jurisdiction: US, kind: prohibition, channels: [email], reason: forbidden, citation: policy, verified: true}
"""


@pytest.fixture
def office(shell: Shell) -> Shell:
    """Return a shell in a folder with a database and one lead."""
    shell.good(
        "lead", "add", "--email", "ann@example.com", "--phone", "+12125550101", "--country", "US", "--region", "NY"
    )
    return shell


def first(found: list[Any], what: str) -> Any:
    if not found:
        pytest.skip(f"the packaged rules ask for no {what}")
    return found[0]


def test_a_list_is_imported_shown_and_asked(office: Shell) -> None:
    name = first(
        [one["registry"] for one in office.answers("registry", "list") if one["registry"].startswith("us")], "list"
    )
    file = office.write(
        "dnc.txt", "212,5550101\n212,5550102\nnonsense\n" + "".join(f"212,556{n:04}\n" for n in range(40))
    )

    taken = office.answer("registry", "import", name, file)
    (listed,) = [one for one in office.answers("registry", "check", "+12125550101") if one["registry"] == name]
    (free,) = [one for one in office.answers("registry", "check", "+12125550103") if one["registry"] == name]
    (row,) = [one for one in office.answers("registry", "list") if one["registry"] == name]

    assert (taken["entries"], taken["bad_lines"], taken["bad"][0]["line"]) == (42, 1, 3)
    assert listed["listed_at"] is not None
    assert free["listed_at"] is None
    assert (row["entries"], row["age_days"], row["is_stale"]) == (42, 0, False)
    assert name in office.good("registry", "list")
    assert "listed since" in office.good("registry", "check", "+12125550101")


def test_an_unknown_list_is_refused_with_those_there_are(office: Shell) -> None:
    assert "no rule asks about a list 'phonebook'" in office.refusal(
        "registry", "import", "phonebook", office.write("x.txt", "1")
    )


def test_a_file_without_numbers_is_refused(office: Shell) -> None:
    name = first([one["registry"] for one in office.answers("registry", "list")], "list")

    assert "no number" in office.refusal("registry", "import", name, office.write("x.txt", "\n\n"))


def test_somebody_vouches_and_takes_it_back(office: Shell) -> None:
    name = first([one["name"] for one in office.answers("attest", "list")], "attestation")

    given = office.answer("attest", name, "--by", "Ann Smith", "--note", "campaign C1")
    (stands,) = [one for one in office.answers("attest", "list") if one["name"] == name]
    office.good("attest", "revoke", name, "--by", "Ann Smith")
    (revoked,) = [one for one in office.answers("attest", "list") if one["name"] == name]

    assert given["name"] == name
    assert (stands["stands"], stands["is_missing"], stands["by"]) == (True, False, "Ann Smith")
    assert revoked["stands"] is False
    assert name in office.good("attest", "list")
    assert "nobody vouches" in office.refusal("attest", "revoke", name, "--by", "Ann Smith")


def test_a_word_for_nothing_is_refused(office: Shell) -> None:
    assert "no rule asks for 'our-honour'" in office.refusal("attest", "our-honour", "--by", "Ann")


def test_an_emergency_is_recorded_and_ended(office: Shell) -> None:
    words = ("--from", "2026-03-01", "--note", "flood, order 12", "--by", "Ann")

    declared = office.answer("emergency", "add", "us-ny", *words)
    (lasting,) = office.answers("emergency", "list")
    office.good("emergency", "end", declared["id"])
    (over,) = office.answers("emergency", "list")

    assert (declared["place"], lasting["lasts"], over["lasts"]) == ("US-NY", True, False)
    assert "over" in office.good("emergency", "list")
    assert "no emergency" in office.refusal("emergency", "end", declared["id"])
    assert "no place 'Atlantis'" in office.refusal("emergency", "add", "Atlantis", *words)


def test_the_gate_says_what_it_looked_at_and_what_would_lift_a_block(office: Shell) -> None:
    words = ("gate", "explain", "--lead", "ann@example.com", "--at", "2026-03-02T17:00:00Z", "--channel")

    blocked, allowed = office.answer(*words, "sms"), office.answer(*words, "email")

    assert blocked["allowed_from"] is None
    assert any("consent" in one for one in blocked["lifted_by"])
    assert (allowed["outcome"], allowed["allowed_from"][:16], allowed["lifted_by"]) == ("allow", "2026-03-02T17:00", [])
    assert "Would be lifted by" in office.good(*words, "sms")


def test_the_past_is_asked_again(office: Shell) -> None:
    found = office.answer("rulebook", "replay", office.write("own.yaml", OWN), "--days", "3")

    assert found["present"] != found["edited"]
    assert "answers were asked for again" in office.good("rulebook", "replay", "own.yaml")
