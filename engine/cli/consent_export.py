"""`consent export`: the dispute file about one person, for machines and for people."""

import json as json_text
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.address import Address, AddressKind, InvalidAddress
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, plain, say
from engine.cli.whom import ID
from engine.flows.dispute import dossier
from engine.flows.kit import Kit
from engine.store import dossiers, leads
from engine.store.database import Connection

SECTIONS = ("facts", "suppressions", "messages", "decisions", "replies", "audit", "seals")
STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1rem}td,th{border:1px solid #bbb;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{width:11rem}"
)


def export(
    who: Annotated[str, typer.Argument(metavar="LEAD|ADDRESS", help="Id, email or phone; also of somebody erased.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write to; it is made where it is missing.")],
    json: Json = False,
) -> None:
    """Write all that is on record about one person's permission: a JSON file, and the same as a page to read."""
    with opened_kit() as kit, kit.database.read() as connection:
        lead_ids, addresses = _found(kit, connection, who.strip())
        told = json_text.loads(json_text.dumps(dossier(kit, connection, lead_ids, addresses), default=plain))
    if not (told["facts"] or told["suppressions"] or told["leads"]):
        raise Complaint("nothing is on record about this lead or address: is it written as it was then?")
    out.mkdir(parents=True, exist_ok=True)
    files = {"consent.json": json_text.dumps(told, indent=2, ensure_ascii=False), "consent.html": page(told)}
    for name, text in files.items():
        (out / name).write_text(text + "\n", encoding="utf-8")
    if json:
        emit({"files": [str(out / name) for name in files], **{name: len(told[name]) for name in SECTIONS}})
    else:
        say(f"Written: {', '.join(str(out / name) for name in files)}. They hold personal data: keep them safe.")


def _found(kit: Kit, connection: Connection, who: str) -> tuple[list[str], list[Address]]:
    if ID.fullmatch(who.lower()):
        stored = leads.load(connection, [who.lower()])
        pairs = [(AddressKind.EMAIL, one.lead.email) for one in stored.values()]
        pairs += [(AddressKind.PHONE, one.lead.phone) for one in stored.values()]
        return [str(one) for one in stored], [Address(kind, value) for kind, value in pairs if value]
    try:
        address = Address.email(who) if "@" in who else Address.phone(who)
    except InvalidAddress as error:
        raise Complaint("this is no id, no email address and no number with + and country code") from error
    key = kit.address_key.key_of(address.kind, address.value)
    return dossiers.leads_by_key(connection, address.kind, key), [address]


def page(told: Mapping[str, Any]) -> str:
    """Return *told* as one page without scripts, links or anything from elsewhere; every value is escaped."""
    parts = [f"<p>Made at {escape(str(told['made_at']))}.</p>"]
    for name in SECTIONS:
        parts.append(f"<h2>{escape(name.capitalize())} ({len(told[name])})</h2>")
        parts += [_table(one) for one in told[name]] or ["<p>Nothing.</p>"]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Consent on record</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{STYLE}</style></head><body><h1>Consent on record</h1>\n" + "\n".join(parts) + "\n</body></html>"
    )


def _table(row: Mapping[str, Any]) -> str:
    lines = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{_cell(value)}</td></tr>"
        for name, value in row.items()
        if value not in (None, "", [], {})
    )
    return f"<table>{lines}</table>"


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(f"<div>{_cell(one)}</div>" for one in value)
    return escape(str(value))
