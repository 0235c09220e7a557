"""Publish a templates folder: check it whole, compile it once, and make it current, all or nothing."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from channels.address import Channel
from engine.content.brand import Brand
from engine.content.checks import read_forms
from engine.content.compile import compile_library
from engine.content.forms import Form
from engine.content.library import Library
from engine.content.problems import ContentErrors, Problem
from engine.content.sequence_checks import check_name
from engine.content.sequences import parse_sequence
from engine.domain.sequence import Sequence
from engine.flows.kit import Kit
from engine.flows.shelf import BRAND, NO_SUFFIX
from engine.store import contents, users
from engine.store.database import Connection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publication made current; *changed* counts the revisions that were not current before."""

    messages: int
    sequences: int
    changed: int


def publish(kit: Kit, library: Library) -> Published:
    """Make everything in *library* current; raises `ContentErrors` naming every fault, and then changes nothing.

    Whoever walks an older revision of a sequence stays on it; messages not yet rendered use the new text.
    """
    prepared = prepare_rows(library)
    sequences, rows = prepared.sequences, prepared.rows
    with kit.database.write() as connection:
        now = kit.database.now(connection)
        known = set(contents.current_revisions(connection).values())
        contents.publish(connection, rows, now)
        for one in sequences:
            contents.publish_sequence(connection, name=one.name, revision=one.revision, purpose=one.purpose, now=now)
        _add_owners(connection, library.brand, now)
    changed = sum(row["revision"] not in known for row in rows)
    return Published(messages=prepared.messages, sequences=len(sequences), changed=changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A library as it would be published: its sequences, and the rows of all its pieces, *messages* of them messages."""

    sequences: list[Sequence]
    rows: list[Row]
    messages: int


def prepare_rows(library: Library) -> Prepared:
    """Return what publishing *library* would write; raises `ContentErrors` naming every fault."""
    sequences = _sequences(library)
    message_rows = _message_rows(library)
    plans = [_yaml_row(contents.SEQUENCE, one.name, one.revision, library.sequences[one.name]) for one in sequences]
    forms = [_yaml_row(contents.FORM, one.name, one.revision, library.forms[one.name]) for one in _forms(library)]
    rows = [_brand_row(library.brand), *message_rows, *plans, *forms]
    return Prepared(sequences=sequences, rows=rows, messages=len(message_rows))


def _sequences(library: Library) -> list[Sequence]:
    """Return the library's sequences; raises `ContentErrors` with the faults of all."""
    templates = {(channel, name) for channel in Channel for name in library.names(channel)}
    parsed: list[Sequence] = []
    problems: list[Problem] = []
    for name, text in sorted(library.sequences.items()):
        file = library.file(f"sequences/{name}.yaml")
        try:
            sequence = parse_sequence(text, file=file, templates=templates)
        except ContentErrors as error:
            problems += error.problems
            continue
        problems += check_name(sequence.name, file)
        parsed.append(sequence)
    if problems:
        raise ContentErrors(tuple(problems))
    return parsed


def _forms(library: Library) -> list[Form]:
    """Return the library's forms; raises `ContentErrors` with the faults of all."""
    forms, problems = read_forms(library)
    if problems:
        raise ContentErrors(problems)
    return forms


def _message_rows(library: Library) -> list[Row]:
    return [
        {
            "revision": compiled.revision,
            "kind": compiled.channel,
            "name": compiled.name,
            "locale": source.locale or NO_SUFFIX,
            "source": source.body,
            "compiled": compiled.to_row(),
        }
        for source, compiled in zip(library.messages, compile_library(library), strict=True)
    ]


def _yaml_row(kind: str, name: str, revision: str, source: str) -> Row:
    piece = {"kind": kind, "name": name, "locale": NO_SUFFIX}
    return {"revision": revision, **piece, "source": source, "compiled": None}


def _brand_row(brand: Brand) -> Row:
    kind, name, locale = BRAND
    content = brand.to_json()
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    revision = sha256(text.encode()).hexdigest()
    return {"revision": revision, "kind": kind, "name": name, "locale": locale, "source": text, "compiled": content}


def _add_owners(connection: Connection, brand: Brand, now: datetime) -> None:
    rows = [
        {
            "id": owner.id,
            "name": owner.name,
            "email": owner.email or f"{owner.id}@localhost.invalid",
            "phone": owner.phone or None,
            "title": owner.title,
            "owns_leads": True,
            "created_at": now,
            "last_assigned_at": None,
        }
        for owner in brand.owners
    ]
    users.add(connection, rows)
