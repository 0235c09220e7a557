"""`rulebook check` and `rulebook show`: what a business reads before it trusts the rules, or its own."""

from typing import Any

import pytest

from tests.cli.conftest import Shell

OWN = """\
rules:
  - {id: OWN-NO-MAIL, jurisdiction: US, kind: prohibition, channels: [email], reason: forbidden, citation: policy, verified: true}
loosen:
  - {rule: US-WA-ADAD-BAN, attestation: counsel-2026, why: Counsel said so.}
"""


def own_file(bare: Shell, text: str = OWN) -> str:
    """Write a business's own file and return its whole path: what was read is kept by path, for all tests."""
    return str(bare.folder / bare.write("own.yaml", text))


def ids(bare: Shell, *words: str) -> set[str]:
    return {row["id"] for row in bare.answers("rulebook", "show", *words)}


def test_a_business_checks_its_own_file_before_it_is_used(bare: Shell) -> None:
    packaged = bare.answer("rulebook", "check")
    file = own_file(bare)
    own = bare.answer("rulebook", "check", file)

    assert (packaged["file"], packaged["added"], packaged["loosened"]) == (None, 0, {})
    assert (own["file"], own["added"], own["loosened"]) == (file, 1, {"US-WA-ADAD-BAN": "counsel-2026"})
    assert own["version"] != packaged["version"]
    assert own["rules"] == packaged["rules"] + 1 == sum(own["kinds"].values())
    assert f"those of {file} too" in " ".join(bare.good("rulebook", "check", file).split("\n"))
    assert bare.good("rulebook", "check").startswith("The rules can be read.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OWN.replace("forbidden", "because"), "own.yaml: rule OWN-NO-MAIL: reason: 'because' is none of"),
        (OWN.replace("US-WA-ADAD-BAN", "US-NOWHERE"), "own.yaml: loosen 1: rule: there is no rule 'US-NOWHERE'"),
        ("rules: [", "own.yaml: this is no YAML"),
    ],
)
def test_a_mistake_is_told_with_its_place(bare: Shell, text: str, told: str) -> None:
    done = bare.run("rulebook", "check", own_file(bare, text))

    assert done.exit_code != 0
    assert told in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_told(bare: Shell) -> None:
    done = bare.run("rulebook", "check", "nowhere.yaml")

    assert done.exit_code != 0
    assert "nowhere.yaml" in done.stderr


def test_a_place_is_bound_by_its_own_rules_its_country_s_and_everybody_s(bare: Shell) -> None:
    everything, florida, country = ids(bare), ids(bare, "--jurisdiction", "us-fl"), ids(bare, "--jurisdiction", "US")

    assert {"US-FL-3-IN-24H", "US-TCPA-REVOKE-MEANS", "HOUSE-DAY"} <= florida < everything
    assert "US-MD-3-IN-24H" not in florida
    assert "FR-HOURS" not in florida | country
    assert "US-FL-3-IN-24H" not in country


def test_a_channel_narrows_the_list(bare: Shell) -> None:
    rows: list[Any] = bare.answers("rulebook", "show", "--channel", "manual_call", "--jurisdiction", "FR")

    assert "FR-4-IN-30" in {row["id"] for row in rows}
    assert all("call" in row["channels"] for row in rows)


def test_a_row_tells_what_is_asked_by_which_law_and_by_whose_word_it_is_lifted(
    bare: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIFTHTOUCH_RULEBOOK", own_file(bare))

    rows = {row["id"]: row for row in bare.answers("rulebook", "show")}

    ban = rows["US-WA-ADAD-BAN"]
    assert (ban["kind"], ban["asks"], ban["in_force"]) == ("prohibition", "never: forbidden", "from 2023-07-23")
    assert (ban["loosened_by"], ban["loosened_because"]) == ("counsel-2026", "Counsel said so.")
    assert (rows["OWN-NO-MAIL"]["citation"], rows["OWN-NO-MAIL"]["loosened_by"]) == ("policy", "")


def test_the_list_for_people_ends_with_the_edition_and_the_notice(bare: Shell) -> None:
    told = bare.good("rulebook", "show", "--jurisdiction", "FR", "--channel", "call")

    assert "FR-4-IN-30" in told
    assert "not legal advice" in told.splitlines()[-1]
    assert bare.answer("rulebook", "check")["version"] in told


def test_a_place_without_rules_is_refused_rather_than_shown_as_free(bare: Shell) -> None:
    assert "no rules for 'Atlantis'" in bare.refusal("rulebook", "show", "--jurisdiction", "Atlantis")
    assert "fax" in bare.refusal("rulebook", "show", "--channel", "fax")
