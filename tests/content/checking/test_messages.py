"""Every finding about a message: one that has it, and the same mended."""

from pathlib import Path

import pytest

from engine.content.checks import check_library
from engine.content.codes import Code
from engine.content.problems import Severity
from tests.content.builders import BRAND, LAYOUT, PLAIN, email, library

SHORT_VOICEMAIL = "Fern & Co here, (503) 555-0100, no calls: (800) 555-0100."
VOICEMAIL = (
    "Hello, this is Ann at Fern & Co. You asked us about a new roof, and the prices are in your email. One thing would "
    "help me: how old is the roof you have now? Ring me at (503) 555-0100. For no more calls, ring (800) 555-0100."
)
TEXT = "Fern & Co: your roof can wait until spring. Reply STOP to stop"
LONG_WORDS = "Notwithstanding considerable architectural complications, comprehensive refurbishment necessitates "
HARD = (LONG_WORDS + "extraordinarily meticulous organisational preparation beforehand. ") * 8
EASY = "The roof is old. It can wait a year. We look at it in spring and tell you what we see. " * 6
ACCENT = "Fern & Co: le escribimos mañana por la mañana con el precio según su pedido. " + "Es para su casa. " * 3


def _link(address: str, words: str = "our page") -> str:
    return email(f"See [{words}]({address}).")


def _layout(old: str, new: str) -> dict[str, str]:
    assert old in LAYOUT
    return {"email/x.md": email("Hi"), "layouts/personal.mjml": LAYOUT.replace(old, new)}


CASES: dict[Code, list[tuple[dict[str, str], dict[str, str]]]] = {
    Code.NO_FALLBACK: [
        ({"email/x.md": email("Hi {{ lead.company }}")}, {"email/x.md": email('Hi {{ lead.company or "you" }}')})
    ],
    Code.UNKNOWN_VARIABLE: [({"sms/x.txt": "{{ lead.nme }}"}, {"sms/x.txt": TEXT})],
    Code.TEMPLATE_SYNTAX: [({"sms/x.txt": "{% if lead.company %}x"}, {"sms/x.txt": TEXT})],
    Code.LINK_MALFORMED: [
        ({"email/x.md": _link("https://fern")}, {"email/x.md": _link("https://fern.example.com/a")}),
        ({"email/x.md": _link("mailto:ann")}, {"email/x.md": _link("mailto:ann@fern.example.com")}),
        ({"email/x.md": _link("tel:12")}, {"email/x.md": _link("tel:+15035550100")}),
    ],
    Code.LINK_PLACEHOLDER: [
        ({"email/x.md": _link("#")}, {"email/x.md": _link("{{ brand.website }}")}),
        ({"email/x.md": _link("https://example.com/x")}, {"email/x.md": _link("https://fern.example.com/x")}),
        ({"email/x.md": _link("https://www.yourdomain.com")}, {"email/x.md": _link("https://fern.example.com")}),
        ({"email/x.md": _link("mailto:you@example.com")}, {"email/x.md": _link("mailto:ann@fern.example.com")}),
    ],
    Code.LINK_NOT_ENCRYPTED: [
        ({"email/x.md": _link("http://fern.example.com")}, {"email/x.md": _link("https://fern.example.com")})
    ],
    Code.LINK_SHORTENED: [({"email/x.md": _link("https://bit.ly/x")}, {"email/x.md": _link("{{ links.booking }}")})],
    Code.LINK_ELSEWHERE: [
        (
            {"email/x.md": _link("https://other.org/x")},
            {"email/x.md": _link("https://other.org/x"), "brand.yaml": BRAND + "domains: [other.org]\n"},
        )
    ],
    Code.LINK_MISLEADING: [
        (
            {"email/x.md": _link("https://fern.example.com/x", "www.bank.org")},
            {"email/x.md": _link("https://fern.example.com/x", "fern.example.com")},
        )
    ],
    Code.SHOUTING: [
        ({"email/x.md": email("READ THIS TODAY please.")}, {"email/x.md": email("The ENERGY STAR label helps.")}),
        ({"email/x.md": email("Hi", subject="GREAT NEWS")}, {"email/x.md": email("Hi", subject="News of your roof")}),
    ],
    Code.EXCLAMATION_MARKS: [
        ({"email/x.md": email("Look here!!")}, {"email/x.md": email("Look here!")}),
        ({"email/x.md": email("Hi", subject="Hello!")}, {"email/x.md": email("Hi", subject="Hello")}),
        ({"email/x.md": email("A! And b. And c! And d!")}, {"email/x.md": email("A! And b. And c! And d.")}),
    ],
    Code.PRESSURE_WORDS: [
        ({"email/x.md": email("Act now, it pays.")}, {"email/x.md": email("There is no hurry, and you won't be asked.")})
    ],
    Code.ONLY_IMAGES: [
        (
            {"email/x.md": email("![A roof](https://fern.example.com/a.png)")},
            {"email/x.md": email("![A roof](https://fern.example.com/a.png)\n\n" + EASY)},
        )
    ],
    Code.HIDDEN_TEXT: [
        (
            _layout("{{ content }}", '{{ content }}<p style="display:none">cheap roofs</p>'),
            _layout("{{ content }}", "{{ content }}<p>cheap roofs</p>"),
        ),
        (
            _layout("{{ content }}", '{{ content }}<p style="font-size:0px">cheap roofs</p>'),
            _layout("{{ content }}", '{{ content }}<p style="font-size:12px">cheap roofs</p>'),
        ),
    ],
    Code.FALSE_REPLY: [
        ({"email/x.md": email("Hi", subject="'Re: x'")}, {"email/x.md": email("Hi", subject="Regarding x")})
    ],
    Code.SUBJECT_LONG: [
        ({"email/x.md": email("Hi", subject="word " * 20)}, {"email/x.md": email("Hi", subject="word " * 5)})
    ],
    Code.NO_PREHEADER: [({"email/x.md": "---\nsubject: x\n---\nHi"}, {"email/x.md": email("Hi")})],
    Code.HARD_TO_READ: [({"email/x.md": email(HARD)}, {"email/x.md": email(EASY)})],
    Code.TOO_LONG: [({"email/x.md": email(EASY * 5)}, {"email/x.md": email(EASY)})],
    Code.SEVERAL_QUESTIONS: [
        ({"email/x.md": email("How old is it? And how big?")}, {"email/x.md": email("How old is it? I ask for its size.")}),
        ({"sms/x.txt": f"{TEXT}. When? Where?"}, {"sms/x.txt": f"{TEXT}. When?"}),
        ({"email/x.md": email("When? Where?")}, {"email/x.md": email('## When?\n\nAsk them "Is it firm?" Where?')}),
    ],
    Code.STOCK_PHRASE: [
        ({"email/x.md": email("I'm just checking in.")}, {"email/x.md": email("Here is the price.")}),
        ({"email/x.md": email("Hi", subject="Touching base")}, {"email/x.md": email("Hi", subject="The base coat")}),
    ],
    Code.HIDDEN_CHARACTER: [({"email/x.md": email("A ro\u200bof")}, {"email/x.md": email("A roof, 👩🏽‍🔧")})],
    Code.MANY_SEGMENTS: [({"sms/x.txt": TEXT + " word" * 60}, {"sms/x.txt": TEXT})],
    Code.COSTLY_CHARACTER: [
        ({"sms/x.txt": ACCENT}, {"sms/x.txt": ACCENT.replace("ú", "u")}),
        ({"sms/x.txt": f"{TEXT} \u2013 thank you"}, {"sms/x.txt": f"{TEXT} - thank you"}),
        ({"sms/x.txt": f"{TEXT}\u00a0thank you"}, {"sms/x.txt": f"{TEXT} thank you"}),
    ],
    Code.COSTLY_FOR_SOME: [
        (
            {"sms/x.txt": '{{ lead.first_name or "Hi" }}: ' + TEXT + " word" * 45},
            {"sms/x.txt": '{{ lead.first_name or "Hi" }}: ' + TEXT},
        )
    ],
    Code.VOICEMAIL_LONG: [({"voicemail/x.md": VOICEMAIL + " word" * 30}, {"voicemail/x.md": VOICEMAIL})],
    Code.VOICEMAIL_SHORT: [({"voicemail/x.md": SHORT_VOICEMAIL}, {"voicemail/x.md": VOICEMAIL})],
    Code.LOW_CONTRAST: [
        (
            _layout("<mj-text>{{ content }}", '<mj-text color="#999999">{{ content }}'),
            _layout("<mj-text>{{ content }}", '<mj-text color="#595959">{{ content }}'),
        ),
        (
            {"brand.yaml": BRAND + 'colors: {text: "#aaaaaa", paper: "#ffffff"}\n'},
            {"brand.yaml": BRAND + 'colors: {text: "#333333", paper: "#ffffff"}\n'},
        ),
    ],
    Code.NO_ALT_TEXT: [
        (
            _layout("{{ content }}", '{{ content }}<img src="https://fern.example.com/a.png">'),
            _layout("{{ content }}", '{{ content }}<img alt="A roof" src="https://fern.example.com/a.png">'),
        )
    ],
    Code.HEADING_ORDER: [({"email/x.md": email("#### A\n\nB")}, {"email/x.md": email("## A\n\nB\n\n### C\n\nD")})],
    Code.NO_LANGUAGE: [(_layout('lang="{{ language }}"', ""), _layout("<mj-body>", '<mj-body width="600px">'))],
    Code.TABLE_ROLE: [
        (
            _layout("{{ content }}", "{{ content }}<table><tr><td>x</td></tr></table>"),
            _layout("{{ content }}", '{{ content }}<table role="presentation"><tr><td>x</td></tr></table>'),
        )
    ],
    Code.CONTENT_RULE: [({"sms/x.txt": "Your roof can wait."}, {"sms/x.txt": TEXT})],
    Code.NO_POSTAL_ADDRESS: [
        ({"email/x.md": email("Hi"), "layouts/personal.txt": "{{ content }}{{ links.unsubscribe }}"},
         {"email/x.md": email("Hi"), "layouts/personal.txt": PLAIN})
    ],
    Code.NO_WAY_OUT: [
        ({"email/x.md": email("Hi"), "layouts/personal.txt": "{{ content }}{{ brand.postal_address }}"},
         {"email/x.md": email("Hi"), "layouts/personal.txt": PLAIN})
    ],
    Code.CALLER_NOT_NAMED: [
        ({"voicemail/x.md": VOICEMAIL.replace("Fern & Co", "us")}, {"voicemail/x.md": VOICEMAIL})
    ],
    Code.NO_CALL_BACK_NUMBER: [
        ({"voicemail/x.md": VOICEMAIL.replace("(503) 555-0100", "our number")}, {"voicemail/x.md": VOICEMAIL})
    ],
    Code.RECORDING_ADDRESS: [
        ({"voicemail/x.md": f"---\naudio: tip.mp3\n---\n{VOICEMAIL}"},
         {"voicemail/x.md": f"---\naudio: https://fern.example.com/tip.mp3\n---\n{VOICEMAIL}"})
    ],
}  # fmt: skip
TABLE = [(code, bad, good) for code, pairs in CASES.items() for bad, good in pairs]


@pytest.mark.parametrize(
    ("code", "bad", "good"), TABLE, ids=[f"{code}-{place}" for place, (code, _, _) in enumerate(TABLE)]
)
def test_a_message_has_the_finding_and_the_mended_one_has_not(
    tmp_path: Path, code: Code, bad: dict[str, str], good: dict[str, str]
) -> None:
    found = [one for one in check_library(library(tmp_path / "bad", {**bad})) if one.code is code]
    mended = check_library(library(tmp_path / "good", {**good}))

    assert found
    assert all(one.message and one.remedy for one in found)
    assert [str(one) for one in mended if one.code is code] == []


def test_a_finding_names_the_line_and_what_to_type_instead(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "sms/x.txt": "Fern & Co:\n" + "your roof can wait. " * 5 + "\nThank you \u2013 Ann"
    }

    [found] = [one for one in check_library(library(tmp_path, files)) if one.code is Code.COSTLY_CHARACTER]

    assert (found.line, found.remedy) == (3, "Write '-' instead.")
    assert found.message == "\u2013 (en dash, U+2013) makes the text travel as UCS-2: 3 segments instead of 1."


def test_an_accepted_finding_bears_the_reason_and_forbids_nothing(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "email/x.md": email("[A page](https://bit.ly/x).", accept="{link-shortened: It is our own.}")
    }

    [found] = check_library(library(tmp_path, files))

    assert (found.code, found.severity, found.accepted) == (
        Code.LINK_SHORTENED, Severity.ERROR, "It is our own.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("{shouting: It is our name.}", Code.UNNEEDED_ACCEPTANCE),
        ("{shoutin: It is our name.}", Code.UNKNOWN_ACCEPTANCE),
        ("{no-way-out: We never stop.}", Code.UNKNOWN_ACCEPTANCE),
        ("[shouting]", Code.BROKEN),
        ("{shouting: ''}", Code.BROKEN),
    ],
)
def test_an_acceptance_that_accepts_nothing_is_a_finding_itself(tmp_path: Path, accepted: str, code: Code) -> None:
    problems = check_library(library(tmp_path, {"email/x.md": email("Hi", accept=accepted)}))

    assert [(one.code, one.line) for one in problems] == [(code, 4)]


def test_what_binds_stays_an_error_whatever_is_accepted(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "email/x.md": email("Hi", subject="'Re: x'", accept="{false-reply: They like it.}")
    }

    problems = check_library(library(tmp_path, files))

    assert {one.code for one in problems} >= {Code.FALSE_REPLY, Code.UNKNOWN_ACCEPTANCE}
    assert all(not one.accepted for one in problems)
