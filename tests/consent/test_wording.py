"""What each check on content lets pass, and what it finds, by tables of examples."""

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Channel
from channels.message import Content, EmailContent, TextContent, VoicemailContent
from consent.case import case_of
from consent.facts import GateFacts, Purpose, Rendered
from consent.gate import ask
from consent.reasons import GateReason
from consent.rule import Check, ContentTerms, Kind, Rule
from consent.wording import CHECKS
from tests.consent.asking import MONDAY, request
from tests.consent.wordings import (
    ADDRESS,
    EMAIL,
    ONE_CLICK,
    PHONE,
    STOP_PAGE,
    TEXT,
    VOICEMAIL,
    WHOLE,
    email,
    rendered,
    text,
    voicemail,
)

GOOD: list[tuple[Check, Rendered]] = [
    (Check.SELLER_NAMED, text("Hi, it's ALDER and finch.")),
    (Check.SELLER_NAMED, text("Soy de Álder & Finch")),
    (Check.SELLER_NAMED, text("We are !!! today", seller="!!!")),
    (Check.SELLER_NAMED_FIRST, voicemail("Good morning, Dana. This is Alder & Finch. Bye.")),
    (Check.SELLER_NAMED_FIRST, voicemail("Hello, Dr. St. John, at last this is Alder and Finch.", human="")),
    (Check.POSTAL_ADDRESS, email(body=f"Yours\n{ADDRESS.replace(', ', chr(10)).lower()}")),
    (Check.POSTAL_ADDRESS, text("Who we are: https://www.alder.example.com/about.")),
    (Check.POSTAL_ADDRESS, text(f"We are at {ADDRESS}")),
    (Check.CONTACT, text("Ring 503.555.0142")),
    (Check.CONTACT, text("Ring my own phone, (503) 555 0199")),
    (Check.CONTACT, text("Write to ana@alder.example.com")),
    (Check.CONTACT, text("See shop.alder.example.com")),
    (Check.OPT_OUT, text("Reply STOP to opt out")),
    (Check.OPT_OUT, text("Text the word stop and we do")),
    (Check.OPT_OUT, text("STOP to end")),
    (Check.OPT_OUT, text("Responda STOP y no le escribo de nuevo")),
    (Check.OPT_OUT, text("Responda BAJA para no recibir más")),
    (Check.OPT_OUT, text("Répondez ARRÊT pour ne plus en recevoir")),
    (Check.OPT_OUT, text("ARRET au 36000")),
    (Check.OPT_OUT, text("Antworten Sie STOPP, dann ist Ruhe")),
    (Check.OPT_OUT, text(f"Stop here: {STOP_PAGE}")),
    (Check.OPT_OUT, text("Choose at https://alder.example.com/p/xyz")),
    (Check.OPT_OUT, email(body="To unsubscribe, answer with that word.", html="<p>Unsubscribe by answering</p>")),
    (Check.OPT_OUT, email(body="Darse de baja: escríbanos", html="")),
    (Check.OPT_OUT, email(body="Pour vous désabonner, écrivez-nous", html="")),
    (Check.OPT_OUT, email(body="Hier können Sie den Brief abbestellen.", html="")),
    (Check.OPT_OUT, email(body="Per annullare l'iscrizione, scrivici", html="")),
    (Check.OPT_OUT, voicemail("To get no more calls, ring us.", human="To stop these calls, press 9.")),
    (Check.ONE_CLICK, rendered(TEXT)),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={k.upper(): v for k, v in ONE_CLICK.items()}))),
    (
        Check.ONE_CLICK,
        rendered(
            replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": f"<mailto:stop@alder.example.com>, <{STOP_PAGE}>"})
        ),
    ),
    (
        Check.ONE_CLICK,
        rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": "<http://127.0.0.1:8000/u/abc>"})),
    ),
    (Check.HONEST_SUBJECT, rendered(TEXT)),
    (Check.HONEST_SUBJECT, email("Re: your question", is_answer=True)),
    (Check.HONEST_SUBJECT, email("Repair or replace: what I would do")),
    (Check.HONEST_SUBJECT, email("Furnace vs: heat pump")),
    (Check.HONEST_SUBJECT, email("Tracking your visit: what comes next")),
    (Check.HONEST_SUBJECT, email("Our visit lasts one hour")),
    (Check.HONEST_SUBJECT, email("What a last coat of paint does")),
    (Check.HONEST_SUBJECT, email("Your filter expired, and the air knows")),
    (Check.HONEST_SUBJECT, email("Last day for the rebate", body="The state pays until November 30th.")),
    (Check.HONEST_SUBJECT, email("Last chance: the rebate ends on 30 November")),
    (Check.FIRST_TEXT, rendered(EMAIL)),
    (Check.FIRST_TEXT, text("Hello again", is_first=False)),
    (
        Check.FIRST_TEXT,
        text(
            "Soy de Alder & Finch. Responda STOP para no recibir más, AYUDA para ayuda. "
            "Pocas veces al mes; pueden aplicarse tarifas."
        ),
    ),
    (
        Check.FIRST_TEXT,
        text(
            "Ici Alder & Finch. Répondez STOP pour arrêter, AIDE pour de l'aide. "
            "4 textos par mois, des frais peuvent s'appliquer."
        ),
    ),
    (
        Check.FIRST_TEXT,
        text("Alder & Finch: Msg frequency varies. Msg&data rates may apply. Text HELP for help, STOP to opt out."),
    ),
    (Check.NO_REPLY_TOLD, text("Hello")),
    (Check.NO_REPLY_TOLD, text(f"Replies are not read. Ring {PHONE}", takes_replies=False)),
    (Check.NO_REPLY_TOLD, text(f"Please don't reply. Stop at {STOP_PAGE}", takes_replies=False)),
    (Check.NO_SHORTENER, text("See https://rabbit.ly/x and alder.example.com/bit.ly")),
    (Check.NO_SHORTENER, text("A bit.lyrical, t.com and x.code")),
    (Check.OWN_LINKS, text("See alder.example.com, www.alder.example.com/a?b=c, https://book.alder.example.com.")),
    (Check.OWN_LINKS, text("I came today.It's done.Call me. E.g. a.m./p.m., St.Paul/Minneapolis, me@gmail.com")),
    (
        Check.OWN_LINKS,
        email(html='<a href="mailto:a@alder.example.com">Write</a> <a href="https://">nowhere</a>', body=""),
    ),
    (Check.OWN_LINKS, text("Broken: http://[x and https:// and ftp.x")),
    (Check.LAWFUL_SUBJECT, text("Gun safe installation, nail guns for hire, a heat gun sale")),
    (Check.LAWFUL_SUBJECT, text("Washer hookups, RV hookups, a white power cord, AR 15 minutes from Fort Smith")),
    (Check.LAWFUL_SUBJECT, text("We kill all mold. Wine cellar cooling. Vape detectors. Pay by loan or card.")),
    (Check.LAWFUL_SUBJECT, text("Essex, Sussex and Middlesex. Stripping a club chair. Betty's casino-style lamp")),
    (Check.CALL_BACK_NUMBER, rendered(TEXT)),
    (Check.CALL_BACK_NUMBER, voicemail("Ring 5 0 3, 5 5 5, 0 1 4 2", human="")),
    (Check.CALL_BACK_NUMBER, voicemail("Ring my own phone, (503) 555-0199", human="")),
    (Check.CALL_BACK_NUMBER, voicemail("Ring +44 20 7946 0000", human="", opt_out_phone="")),
    (Check.OPT_OUT_NUMBER, rendered(TEXT)),
    (Check.OPT_OUT_NUMBER, voicemail("No more calls: 1-800-555-0142")),
    (Check.OPT_OUT_NUMBER, voicemail("No more calls: 0800 123 456", opt_out_phone="+64800123456")),
    (Check.KEYPRESS, rendered(TEXT)),
    (Check.KEYPRESS, voicemail(human="Para no recibir más llamadas ni mensajes automáticos, marque 9.")),
    (Check.KEYPRESS, voicemail(human="Pour ne plus recevoir d'appels ni de textos, faites le 9.")),
]

BAD: list[tuple[Check, Rendered, str]] = [
    (Check.SELLER_NAMED, text("Hi, it's me"), "name Alder & Finch"),
    (Check.SELLER_NAMED, text("Hi, it's me", seller="!!!"), "name !!!"),
    (Check.SELLER_NAMED, text("Alderman & Finch"), "name Alder & Finch"),
    (Check.SELLER_NAMED, text("Alder & Finch", seller=" "), "brand.yaml"),
    (Check.SELLER_NAMED, email(html="<!-- Alder &amp; Finch --><p>Hello</p>"), "The HTML part"),
    (Check.SELLER_NAMED, email(html="<style>Alder & Finch</style><p>Hello</p>"), "The HTML part"),
    (Check.SELLER_NAMED, email(html="<p>Hello</p><!-- Alder & Finch"), "The HTML part"),
    (Check.SELLER_NAMED, email(html="", body=""), "The HTML part"),
    (Check.SELLER_NAMED_FIRST, voicemail("One tip for you, whoever writes. From Alder & Finch."), "The voicemail"),
    (Check.SELLER_NAMED_FIRST, voicemail("Hello. How are you? This is Alder & Finch."), "first sentence"),
    (Check.SELLER_NAMED_FIRST, voicemail(human="Hello."), "What a person who answers"),
    (Check.SELLER_NAMED_FIRST, voicemail(seller=""), "brand.yaml"),
    (Check.POSTAL_ADDRESS, email(body="Yours, Alder & Finch"), "The text part"),
    (Check.POSTAL_ADDRESS, email(html="<p>214 Mill Race Road</p>"), "The HTML part"),
    (Check.POSTAL_ADDRESS, email(postal_address=" "), "brand.yaml"),
    (Check.POSTAL_ADDRESS, text("Hello"), "a page of yours"),
    (Check.POSTAL_ADDRESS, text(f"Hello {STOP_PAGE}"), "a page of yours"),
    (Check.CONTACT, text("Ring 555-0142"), "reached"),
    (Check.CONTACT, text(f"See https://else.example.org and {STOP_PAGE}"), "reached"),
    (Check.OPT_OUT, text("Never stop saving"), "Reply STOP"),
    (Check.OPT_OUT, text("Shall I stop by? Reply and I do"), "Reply STOP"),
    (Check.OPT_OUT, text("https://else.example.org/u/abc"), "Reply STOP"),
    (Check.OPT_OUT, email(html="<p>Bye</p>"), "The HTML part"),
    (Check.OPT_OUT, email(body="Bye"), "links.unsubscribe"),
    (Check.OPT_OUT, voicemail("Ring me."), "stop the calls"),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={})), "List-Unsubscribe-Post"),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe-Post": "yes"})), "exactly"),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": STOP_PAGE})), "holds 0"),
    (
        Check.ONE_CLICK,
        rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": f"<{STOP_PAGE}>, <{STOP_PAGE}2>"})),
        "holds 2",
    ),
    (
        Check.ONE_CLICK,
        rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": "<http://alder.example.com/u/a>"})),
        "FIFTHTOUCH_PUBLIC_URL",
    ),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": "<https://[>"})), "https"),
    (Check.ONE_CLICK, rendered(replace(EMAIL, headers={**ONE_CLICK, "List-Unsubscribe": "<https://>"})), "https"),
    *[
        (Check.HONEST_SUBJECT, email(f"{prefix} your question"), "answers nothing")
        for prefix in (
            "Re:",
            "RE[2]:",
            " re :",
            "Aw:",
            "WG:",
            "Fwd:",
            "FW:",
            "Rv:",
            "TR :",
            "SV:",
            "Odp:",
            "回复:",
            "[shop] Re:",
        )
    ],
    *[
        (Check.HONEST_SUBJECT, email(subject), "no date")
        for subject in (
            "Last day!",
            "FINAL NOTICE about your furnace",
            "Your offer expires tonight",
            "Only 3 hours left",
            "Última oportunidad",
            "Dernière chance",
            "Letzte Chance",
            "Ultimo giorno",
        )
    ],
    (Check.HONEST_SUBJECT, email("Last day!", body="Stop: http://127.0.0.1:8000/u/x"), "no date"),
    (Check.SELLER_NAMED, email(html="<head><title>Alder &amp; Finch</title></head><p>Hello</p>"), "The HTML part"),
    (Check.FIRST_TEXT, text("Hi"), "who writes"),
    (Check.NO_REPLY_TOLD, text(f"Hello {PHONE}", takes_replies=False), "answers reach nobody"),
    (Check.NO_REPLY_TOLD, text("Replies are not read.", takes_replies=False), "no way to stop"),
    (Check.NO_SHORTENER, text("See bit.ly/abc"), "bit.ly"),
    (Check.NO_SHORTENER, text("See https://www.TinyURL.com/abc!"), "tinyurl.com"),
    (Check.NO_SHORTENER, email(html='<a href="https://t.co/x">here</a>'), "t.co"),
    (Check.OWN_LINKS, text("See https://else.example.org"), "else.example.org"),
    (Check.OWN_LINKS, text("See evilalder.example.com"), "evilalder.example.com"),
    (Check.OWN_LINKS, text("See https://alder.example.com@evil.example.org"), "evil.example.org"),
    (Check.OWN_LINKS, text("See https://evil.example.org\\@alder.example.com"), "evil.example.org"),
    (Check.OWN_LINKS, text("See www.else.com", domains=frozenset()), "none is known"),
    (Check.OWN_LINKS, text("See https://alder.example.com.evil.example.org/u/x"), "evil"),
    *[
        (Check.LAWFUL_SUBJECT, text(said), subject)
        for said, subject in {
            "Hot singles near you": "sex",
            "Try our CBD gummies": "drugs",
            "A payday loan in minutes": "loans",
            "Invest in crypto now": "crypto",
            "Debt relief for you": "debt",
            "An online casino bonus": "gambling",
            "Wine delivery tonight": "alcohol",
            "Ammo in stock": "firearms",
            "New vape juice": "tobacco",
            "Fresh leads for sale": "leads sold on",
            "Join the white supremacists": "hate",
        }.items()
    ],
    (Check.LAWFUL_SUBJECT, email("Payday loans!"), "The subject"),
    (Check.CALL_BACK_NUMBER, voicemail("No more calls: 800 555 0142", human=""), "brand.phone"),
    (Check.CALL_BACK_NUMBER, voicemail("Ring 503 555 0142 or 1-900-555-0100"), "costs"),
    (Check.CALL_BACK_NUMBER, voicemail("Ring eight hundred", human="", opt_out_phone=""), "brand.phone"),
    (Check.OPT_OUT_NUMBER, voicemail("No more calls: 503 555 0142"), "brand.opt_out_phone"),
    (Check.OPT_OUT_NUMBER, voicemail(opt_out_phone=""), "opt_out_phone"),
    (Check.OPT_OUT_NUMBER, voicemail(opt_out_phone="+15035550142"), "toll-free"),
    (Check.KEYPRESS, voicemail(human=""), "which key"),
    (Check.KEYPRESS, voicemail(human="Press 1 to talk with a person."), "which key"),
    (Check.KEYPRESS, voicemail(human="To get no more calls, write to us."), "which key"),
]


@pytest.mark.parametrize(("check", "message"), GOOD)
def test_a_check_lets_pass_what_is_well(check: Check, message: Rendered) -> None:
    assert CHECKS[check](message) is None


@pytest.mark.parametrize(("check", "message", "words"), BAD)
def test_a_check_says_what_is_wrong(check: Check, message: Rendered, words: str) -> None:
    finding = CHECKS[check](message)

    assert finding is not None
    assert words in finding


def test_there_is_a_function_for_every_check_and_an_example_of_both_kinds() -> None:
    assert set(CHECKS) == set(Check)
    assert {check for check, _ in GOOD} == set(Check)
    assert {check for check, _, _ in BAD} == set(Check)


@pytest.mark.parametrize("content", WHOLE, ids=["email", "text", "voicemail"])
def test_a_message_with_everything_in_it_passes_all_checks(content: Content) -> None:
    found = {check: finding for check, one in CHECKS.items() if (finding := one(rendered(content)))}

    assert found == {}


TAKEN_OUT: list[tuple[str, Rendered, set[Check]]] = [
    ("address", email(body=EMAIL.text.replace(ADDRESS, "")), {Check.POSTAL_ADDRESS}),
    ("phone", email(body=EMAIL.text.replace(PHONE, "")), {Check.CONTACT}),
    ("stop link", email(html=EMAIL.html.replace(STOP_PAGE, "https://alder.example.com/")), {Check.OPT_OUT}),
    ("headers", rendered(replace(EMAIL, headers={})), {Check.ONE_CLICK}),
    ("frequency", text(TEXT.body.replace("Up to 4 texts a month. ", "")), {Check.FIRST_TEXT}),
    ("rates", text(TEXT.body.replace("Msg & data rates may apply. ", "")), {Check.FIRST_TEXT}),
    ("help", text(TEXT.body.replace(", HELP for help", "")), {Check.FIRST_TEXT}),
    ("stop words", text(TEXT.body.replace("Reply STOP to stop, ", "Reply ")), {Check.FIRST_TEXT, Check.OPT_OUT}),
    ("call back", voicemail(VOICEMAIL.script.replace("503 555 0142", "work")), {Check.CALL_BACK_NUMBER}),
    ("toll-free", voicemail(VOICEMAIL.script.replace("800 555 0142", "us")), {Check.OPT_OUT_NUMBER}),
    ("key", voicemail(human=VOICEMAIL.human_script.replace("press 9", "write")), {Check.KEYPRESS}),
]


@pytest.mark.parametrize(("message", "checks"), [row[1:] for row in TAKEN_OUT], ids=[row[0] for row in TAKEN_OUT])
def test_what_is_taken_out_is_found_by_its_check_alone(message: Rendered, checks: set[Check]) -> None:
    assert {check for check, one in CHECKS.items() if one(message)} == checks


def test_a_first_text_is_told_all_that_it_lacks() -> None:
    finding = CHECKS[Check.FIRST_TEXT](text("Alder & Finch here. Reply STOP to stop"))

    assert finding is not None
    assert all(word in finding for word in ("help", "how often", "rates"))
    assert "who writes" not in finding


WORDS = st.text() | st.lists(
    st.sampled_from(
        ["<", ">", "<!--", "-->", "<p>", "<style>", "</style>", 'href="', "http://[", "STOP ", "503", "&amp;", ". "]
    )
).map("".join)
CONTENTS: st.SearchStrategy[Content] = st.one_of(
    st.builds(TextContent, body=WORDS),
    st.builds(VoicemailContent, script=WORDS, human_script=WORDS),
    st.builds(
        EmailContent,
        subject=WORDS,
        html=WORDS,
        text=WORDS,
        headers=st.dictionaries(st.sampled_from(list(ONE_CLICK)), WORDS),
    ),
)


@given(
    message=st.builds(
        Rendered,
        content=CONTENTS,
        seller=WORDS,
        postal_address=WORDS,
        phone=WORDS,
        domains=st.frozensets(WORDS),
        opt_out_phone=WORDS,
        is_first=st.booleans(),
        is_answer=st.booleans(),
        takes_replies=st.booleans(),
    )
)
def test_every_check_answers_about_any_message(message: Rendered) -> None:
    for one in CHECKS.values():
        finding = one(message)

        assert finding is None or finding.strip()


@given(before=st.text(alphabet="abc .,!?\n"), after=st.text(alphabet="abc .,!?\n"))
def test_words_around_a_whole_text_lose_nothing(before: str, after: str) -> None:
    message = text(f"{before} {TEXT.body} {after}")

    assert {check for check, one in CHECKS.items() if one(message)} <= {Check.SELLER_NAMED_FIRST}


RULE = Rule(
    id="X-FIRST",
    jurisdictions=frozenset({"US"}),
    channels=frozenset({Channel.SMS}),
    purposes=frozenset({Purpose.MARKETING}),
    kind=Kind.CONTENT,
    terms=ContentTerms(checks=frozenset({Check.FIRST_TEXT, Check.OPT_OUT})),
    citation="policy",
    verified=True,
)


def asked(message: Rendered | None) -> tuple[str, str, Mapping[str, Any]]:
    answer = ask(RULE, case_of(replace(request(Channel.SMS), rendered=message), GateFacts()), MONDAY)
    return answer.outcome, answer.reason, answer.inputs


def test_a_rule_blocks_what_fails_and_names_each_finding() -> None:
    outcome, reason, inputs = asked(text("Hi"))

    assert (outcome, reason) == ("block", GateReason.CONTENT)
    assert set(inputs["findings"]) == {"first_text", "opt_out"}


def test_a_rule_allows_what_passes_and_what_is_only_planned() -> None:
    assert asked(rendered(TEXT)) == ("allow", "", {"rendered": True})
    assert asked(None) == ("allow", "", {"rendered": False})


@pytest.mark.parametrize("piece", ["a.", "bit.", "<!--", "<style>", "<style>a<", "1 ", "[ ", "re:", "a@"])
def test_a_long_text_of_one_piece_takes_no_longer_than_its_length(piece: str) -> None:
    long = piece * (20_000 // len(piece))
    message = rendered(EmailContent(subject=long[:500], html=long, text=long, headers=ONE_CLICK))

    started = perf_counter()
    for one in CHECKS.values():
        one(message)

    assert perf_counter() - started < 5
