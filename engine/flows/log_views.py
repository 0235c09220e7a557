"""Views of the delivery log, as people keep, share, rename and drop them; only the owner changes one. And its exports."""

from engine.flows.kit import Kit
from engine.store import audit, log_views

NAME_MAX = 60
QUERY_MAX = 1_000


class NoView(LookupError):
    """There is no such view, or it is somebody else's."""


class NotKept(ValueError):
    """This cannot be kept; the message says why and what to do."""


def keep_view(kit: Kit, *, name: str, query: str, is_shared: bool, by: str) -> None:
    """Keep the filters *query*, a query string, under *name*; raises `NotKept`."""
    with kit.database.write() as connection:
        if not name or len(name) > NAME_MAX:
            raise NotKept(f"Give the view a name of at most {NAME_MAX} characters.")
        if not query or len(query) > QUERY_MAX:
            raise NotKept("Choose a filter or a search first, then keep it.")
        if log_views.is_taken(connection, by, name):
            raise NotKept(f"You have a view called “{name}” already: give this one another name.")
        if log_views.count_of(connection, by) >= log_views.VIEWS_MAX:
            raise NotKept(f"You keep {log_views.VIEWS_MAX} views: delete one that you don't need.")
        now, view_id = kit.database.now(connection), kit.ids.new()
        told = {"owner": by, "name": name, "query": query, "is_shared": is_shared}
        log_views.keep(connection, {"id": view_id, "created_at": now, **told})
        audit.note(connection, row_id=kit.ids.new(), at=now, actor=by, action="view.kept", subject=view_id, after=told)


def change_view(kit: Kit, view_id: str, *, name: str, is_shared: bool, by: str) -> None:
    """Rename or share one of one's own views; raises `NoView` and `NotKept`."""
    with kit.database.write() as connection:
        view = log_views.lock(connection, view_id)
        if view is None or view["owner"] != by:
            raise NoView(view_id)
        if not name or len(name) > NAME_MAX:
            raise NotKept(f"Give the view a name of at most {NAME_MAX} characters.")
        if name != view["name"] and log_views.is_taken(connection, by, name):
            raise NotKept(f"You have a view called “{name}” already: give this one another name.")
        log_views.change(connection, view_id, name=name, is_shared=is_shared)
        before = {"name": view["name"], "is_shared": view["is_shared"]}
        audit.note(
            connection, row_id=kit.ids.new(), at=kit.database.now(connection), actor=by, action="view.changed",
            subject=view_id, before=before, after={"name": name, "is_shared": is_shared},
        )  # fmt: skip


def drop_view(kit: Kit, view_id: str, *, by: str) -> None:
    """Delete one of one's own views; raises `NoView`."""
    with kit.database.write() as connection:
        view = log_views.lock(connection, view_id)
        if view is None or view["owner"] != by:
            raise NoView(view_id)
        log_views.drop(connection, view_id)
        before = {"name": view["name"], "query": view["query"], "is_shared": view["is_shared"]}
        audit.note(
            connection, row_id=kit.ids.new(), at=kit.database.now(connection), actor=by, action="view.dropped",
            subject=view_id, before=before,
        )  # fmt: skip


def note_export(kit: Kit, *, query: str, file_format: str, by: str) -> None:
    """Note that *by* takes what the log shows for *query* out as a file, which holds addresses."""
    with kit.database.write() as connection:
        audit.note(
            connection, row_id=kit.ids.new(), at=kit.database.now(connection), actor=by, action="messages.exported",
            subject="messages", after={"query": query, "format": file_format},
        )  # fmt: skip
