"""The ledger from the command line: proved, anchored, imported, and told for a dispute."""

import json
from hashlib import sha256

from consent.chain import anchor_from
from tests.cli.conftest import Shell

EVIL = "<script>alert(1)</script>"


def test_a_person_proves_imports_and_tells(shell: Shell) -> None:
    ann = shell.answer(
        "lead", "add", "--email", "ann@example.com", "--phone", "+12125550101",
        "--consent", "email", "--wording", EVIL, "--source", "web-form",
    )["id"]  # fmt: skip
    file = shell.write(
        "old.csv",
        "Phone,Kind,Channel,Basis,Date,Wording\n+12125550101,granted,sms,express,2025-03-04,Text me\n"
        "+12125550101,granted,sms,express written,2025-03-04,\n",
    )

    imported = shell.run("consent", "import", file, "--json")

    lines = [json.loads(line) for line in imported.stdout.splitlines()]
    assert imported.exit_code == 1
    assert [line.get("outcome") for line in lines[:2]] == ["recorded", "refused"]
    assert (lines[1]["line"], lines[1]["column"]) == (3, "Wording")
    verdict = shell.answer("consent", "verify")
    assert (verdict["whole"], verdict["unsealed"]) == (True, 2)
    told = shell.answer("consent", "anchor")
    assert anchor_from(told["anchor"]) is not None
    assert "no anchor" in shell.refusal("consent", "verify", "--anchor", "abc")
    shell.answer("suppression", "add", "ann@example.com", "--reason", "legal")
    assert shell.run("suppression", "check", "ann@example.com").exit_code == 1
    for who in (ann, "ann@example.com"):
        shell.answer("consent", "export", who, "--out", "dispute")
        kept = json.loads((shell.folder / "dispute" / "consent.json").read_text())
        assert {fact["channel"] for fact in kept["facts"]} == {"email", "sms"}
        assert "legal" in {one["reason"] for one in kept["suppressions"]}
        page = (shell.folder / "dispute" / "consent.html").read_text()
        assert EVIL not in page
        assert "&lt;script&gt;" in page


def recomputed(seal: dict[str, object]) -> str:
    """Return the head that a seal of a dispute file leads to, by its own words and nothing of ours."""
    head = bytes.fromhex(str(seal["previous_head"]))
    for fact in seal["facts"]:  # type: ignore[attr-defined] # JSON
        head = sha256(head + bytes.fromhex(fact["hash"])).digest()
    return head.hex()
