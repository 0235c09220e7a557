"""The lead's choices: what to hear about and how, later, in which language, or no more. Looking changes nothing."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from channels.address import Channel
from consent.tokens import TokenKind
from engine.domain.enrollment import EnrollmentStatus
from engine.flows.again import again_if_changed
from engine.flows.kit import Kit
from engine.flows.preferring import BY_LEAD, PAGE, Choice, choices_of, choose
from engine.flows.resting import rest
from engine.flows.taking_back import may_take_back, take_back
from engine.flows.withdraw import Stop, lock_leads
from engine.store import leads
from engine.web.bodies import Form
from engine.web.edge import ThisEdge
from engine.web.lead_pages.speaking import counted, every_language, words_in
from engine.web.lead_pages.stop import stop_once
from engine.web.lead_pages.tokens import Writer, lead_of, visitor, writer_to
from engine.web.lead_pages.who import who_path
from engine.web.rendering import render

STOPS = {"stop-emails": frozenset({Channel.EMAIL}), "stop-everything": frozenset[Channel]()}
MONTHS = (1, 3, 6)
SNOOZES = {f"snooze-{months}": months for months in MONTHS}
SAVE, LANGUAGE, AGAIN, LATE = "save", "language", "again", "late"

router = APIRouter()


@router.api_route("/p/{token}", methods=["GET", "HEAD"])
def show_preferences(token: str, edge: ThisEdge) -> HTMLResponse:
    """Show the choices; nothing that tells who the lead is, since the link may have been passed on."""
    return _page(edge.kit, lead_of(edge, token, TokenKind.PREFERENCES), done=None)


@router.post("/p/{token}")
def make_choice(token: str, edge: ThisEdge, form: Form, request: Request) -> HTMLResponse:
    """Carry out the choice, and say what will happen now."""
    lead_id = lead_of(edge, token, TokenKind.PREFERENCES)
    choice = form.get("choice", "")
    writer = writer_to(edge.kit, lead_id)
    _, words = words_in(writer.language)
    if choice in STOPS:
        wording = str(words[choice.replace("-", "_")])
        stop = Stop(channels=STOPS[choice], source=PAGE, wording=wording, recorded_by=BY_LEAD, proof=visitor(request))
        stop_once(edge.kit, lead_id, stop)
    elif choice in SNOOZES:
        _snooze(edge.kit, lead_id, SNOOZES[choice])
    elif choice == SAVE:
        proof = replace(visitor(request), wording=f"{words['topics']}: {words['save']}")
        choose(edge.kit, lead_id, _ticked(form), proof)
    elif choice == AGAIN:
        wording = str(words["undo"]["wording"]).replace("{seller}", writer.seller)
        choice = AGAIN if take_back(edge.kit, lead_id, replace(visitor(request), wording=wording)) else LATE
    elif choice == LANGUAGE and form.get("language", "") in every_language():
        _speak(edge.kit, lead_id, form.get("language", ""))
    else:
        raise HTTPException(400, "Please go back and choose one of the buttons.")
    edge.ring()
    return _page(edge.kit, lead_id, done=choice)


def _ticked(form: Form) -> set[tuple[str, Channel]]:
    """Read the boxes `keep:topic:channel` that were ticked; what is none of ours says nothing."""
    known = {channel.value: channel for channel in Channel}
    boxes = [name.removeprefix("keep:").rpartition(":") for name in form if name.startswith("keep:")]
    return {(topic, known[channel]) for topic, _, channel in boxes if channel in known}


def _page(kit: Kit, lead_id: str, *, done: str | None) -> HTMLResponse:
    writer = writer_to(kit, lead_id)
    code, words = words_in(writer.language)
    with kit.database.read() as connection:
        offered = choices_of(kit, connection, lead_id)
    months = SNOOZES.get(done or "")
    kind = "snooze" if months else done
    told = words["undo"]["late"] if done == LATE else words["told"].get(kind, "")
    return render(
        "preferences.html",
        seller=writer.seller,
        writer=writer,
        words=words,
        language=code,
        languages={each: spoken["language"] for each, spoken in every_language().items()},
        done=done,
        who_link=who_path(kit, lead_id),
        can_undo=done in STOPS and may_take_back(kit, lead_id),
        heading=words["done"].get(kind, words["heading"]),
        told=(counted(told, months) if months else told).replace("{seller}", writer.seller),
        snoozes=[(f"snooze-{each}", counted(words["snooze"], each)) for each in MONTHS],
        topics=_by_topic(writer, code, offered),
        has_closed_texts=any(not one.is_open for one in offered),
    )


def _by_topic(writer: Writer, language: str, offered: list[Choice]) -> list[dict[str, Any]]:
    """Return the choices topic by topic, with the words a lead knows it by."""
    names = dict.fromkeys(one.topic for one in offered)
    return [
        {
            "name": name,
            "words": writer.topic_words(name, language),
            "choices": [one for one in offered if one.topic == name],
        }
        for name in names
    ]


@again_if_changed
def _snooze(kit: Kit, lead_id: str, months: int) -> datetime:
    """Let everything the lead walks rest for some months; return until when."""
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        lock_leads(connection, leads.load(connection, [lead_id]).values())
        now = kit.database.now(connection)
        until = now + relativedelta(months=months)
        rest(connection, [lead_id], status=EnrollmentStatus.SNOOZED, until=until, reason="asked for later", now=now)
    return until


@again_if_changed
def _speak(kit: Kit, lead_id: str, language: str) -> None:
    """Write to the lead in *language* from now on, wherever a template has it."""
    with kit.database.write() as connection:
        lead_id = leads.survivor_of(connection, lead_id)
        lock_leads(connection, leads.load(connection, [lead_id]).values())
        leads.change(connection, lead_id, {"language": language})
