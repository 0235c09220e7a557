"""What a change of a lead means for the rows around it: messages under way, tasks and conversations."""

from collections.abc import Collection

from sqlalchemy import Connection, func, literal, select, update

from channels.address import AddressKind, Channel, kind_of
from engine.domain.message import CLAIMABLE_STATES
from engine.store import tables as t
from engine.store.tasks import IS_OPEN


def readdress(connection: Connection, lead_id: str, kind: AddressKind, address_id: str | None) -> None:
    """Let what has not left for *lead_id* be sent, and be stopped, by the address it has now."""
    table = t.messages
    channels = sorted(channel for channel in Channel if kind_of(channel) is kind)
    waiting = (table.c.lead_id == lead_id, table.c.channel.in_(channels), table.c.state.in_(sorted(CLAIMABLE_STATES)))
    connection.execute(update(table).where(*waiting).values(address_id=address_id))


def hand_over(connection: Connection, lead_id: str, *, before: str, owner: str) -> None:
    """Give *owner* what *before* still had to do for a lead, and the conversation with them."""
    for table, wanted in ((t.tasks, (IS_OPEN,)), (t.threads, ())):
        mine = (table.c.lead_id == lead_id, table.c.owner == before, *wanted)
        connection.execute(update(table).where(*mine).values(owner=owner))


def give_nameless_tasks(connection: Connection, lead_id: str, owner: str) -> None:
    """Give *owner* the open tasks of a lead that stand under nobody's name."""
    table = t.tasks
    nameless = (table.c.lead_id == lead_id, table.c.owner == "", IS_OPEN)
    connection.execute(update(table).where(*nameless).values(owner=owner))


def same_phone(connection: Connection, phone: str, but: str) -> Collection[str]:
    """Return who else has *phone*, doubles left out."""
    query = select(t.leads.c.id).where(t.leads.c.phone == phone, t.leads.c.id != but, t.leads.c.merged_into.is_(None))
    return connection.execute(query).scalars().all()


def names_in_use(connection: Connection, column: str) -> list[str]:
    """Return the values of *column* that leads have, for a filter to choose from: one query, one look into its index for each."""
    field = t.leads.c[column]
    least = select(func.min(field).label("name"), literal(1).label("place")).where(field > "")
    names = least.cte("names", recursive=True)
    following = select(func.min(field)).where(field > names.c.name).scalar_subquery()
    names = names.union_all(
        select(following, names.c.place + 1).where(names.c.name.is_not(None), names.c.place < NAMES_MAX)
    )
    return list(connection.execute(select(names.c.name).where(names.c.name.is_not(None))).scalars())


NAMES_MAX = 100  # of a field to choose from: nobody reads a longer list
