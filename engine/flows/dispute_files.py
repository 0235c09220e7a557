"""The dispute file of one person, for machines and for people: JSON, and the same as a page to read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from channels.address import Address, AddressKind
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


def whom(kit: Kit, connection: Connection, address: Address) -> list[str]:
    """Return the leads who have, or had before erasure, *address*."""
    return dossiers.leads_by_key(connection, address.kind, kit.address_key.key_of(address.kind, address.value))


def addresses_of(connection: Connection, lead_id: str) -> list[Address]:
    """Return the addresses of a lead; none of one who was erased or never was."""
    stored = leads.load(connection, [lead_id])
    pairs = [(AddressKind.EMAIL, one.lead.email) for one in stored.values()]
    pairs += [(AddressKind.PHONE, one.lead.phone) for one in stored.values()]
    return [Address(kind, value) for kind, value in pairs if value]


def gather(
    kit: Kit, connection: Connection, lead_ids: Sequence[str], addresses: Sequence[Address]
) -> dict[str, Any] | None:
    """Return what is on record, in plain values; None where nothing is."""
    told: dict[str, Any] = json.loads(json.dumps(dossier(kit, connection, lead_ids, addresses), default=_plain))
    return told if told["facts"] or told["suppressions"] or told["leads"] else None


def files(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the two files by name."""
    return {"consent.json": json.dumps(told, indent=2, ensure_ascii=False) + "\n", "consent.html": page(told) + "\n"}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


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
