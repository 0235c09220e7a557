"""`consent export`: the dispute file about one person, for machines and for people."""

from pathlib import Path
from typing import Annotated

import typer

from channels.address import Address, InvalidAddress
from engine.cli.complaints import Complaint
from engine.cli.opening import opened_kit
from engine.cli.output import Json, emit, say
from engine.cli.whom import ID
from engine.flows.dispute_files import SECTIONS, addresses_of, files, gather, whom
from engine.flows.kit import Kit
from engine.store import leads
from engine.store.database import Connection


def export(
    who: Annotated[str, typer.Argument(metavar="LEAD|ADDRESS", help="Id, email or phone; also of somebody erased.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write to; it is made where it is missing.")],
    json: Json = False,
) -> None:
    """Write all that is on record about one person's permission: a JSON file, and the same as a page to read."""
    with opened_kit() as kit, kit.database.read() as connection:
        lead_ids, addresses = _found(kit, connection, who.strip())
        told = gather(kit, connection, lead_ids, addresses)
    if told is None:
        raise Complaint("nothing is on record about this lead or address: is it written as it was then?")
    out.mkdir(parents=True, exist_ok=True)
    written = files(told)
    for name, text in written.items():
        (out / name).write_text(text, encoding="utf-8")
    if json:
        emit({"files": [str(out / name) for name in written], **{name: len(told[name]) for name in SECTIONS}})
    else:
        say(f"Written: {', '.join(str(out / name) for name in written)}. They hold personal data: keep them safe.")


def _found(kit: Kit, connection: Connection, who: str) -> tuple[list[str], list[Address]]:
    if ID.fullmatch(who.lower()):
        stored = leads.load(connection, [who.lower()])
        return [str(one) for one in stored], addresses_of(connection, who.lower())
    try:
        address = Address.email(who) if "@" in who else Address.phone(who)
    except InvalidAddress as error:
        raise Complaint("this is no id, no email address and no number with + and country code") from error
    return whom(kit, connection, address), [address]
