"""Who may do what: four roles, and the rights that each of them has."""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """One kind of thing that a person may do; every route of the console asks for one."""

    SEE = "see"  # read every room
    WRITE = "write"  # content: publish, try out, send tests
    WORK = "work"  # leads, replies, tasks, messages in doubt, consent; and take their data out
    STEER = "steer"  # pause and resume what sends, up to the one switch
    MANAGE = "manage"  # people, keys, webhooks, senders, settings, and what everybody changed


class Role(StrEnum):
    """What a person is here for."""

    VIEWER = "viewer"
    MARKETER = "marketer"
    OPERATOR = "operator"
    ADMIN = "admin"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    WELCOME = "welcome"  # choose a password: somebody new, or somebody who forgot it
    FIRST_ADMIN = "first_admin"  # become the first admin of an installation that nobody can sign in to
    LOOK_AROUND = "look_around"  # sign in to a demonstration at once


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.MARKETER: frozenset({Right.SEE, Right.WRITE, Right.STEER}),
    Role.OPERATOR: frozenset({Right.SEE, Right.WORK, Right.STEER}),
    Role.ADMIN: frozenset(Right),
}
"""What each role may do; whoever may see nothing has no role."""


class Scope(StrEnum):
    """One kind of thing that a program's key may do; every operation of the API asks for one."""

    LEADS_READ = "leads:read"  # facts, notes, stories and events of leads; take them out
    LEADS_WRITE = "leads:write"  # send and change leads, note something; with consents it takes consent:write too
    MESSAGES_READ = "messages:read"  # the delivery log, and what was said to whom
    MESSAGES_WRITE = "messages:write"  # cancel messages, settle what is in doubt
    TASKS_READ = "tasks:read"  # what people have to do, with whom
    TASKS_WRITE = "tasks:write"  # assign and close it
    CONSENT_READ = "consent:read"  # who allowed what, and which addresses are suppressed
    CONSENT_WRITE = "consent:write"  # put grants, withdrawals and suppressions on record
    SEQUENCES_READ = "sequences:read"  # sequences and enrollments
    SEQUENCES_WRITE = "sequences:write"  # let leads enter, pause and leave; pause whole sequences
    EVENTS_WRITE = "events:write"  # say what happened to a lead
    REPORTS_READ = "reports:read"  # figures, without a name in them
    WEBHOOKS_MANAGE = "webhooks:manage"  # say who is told what happens, see what they were told, and tell it again


EVERY_SCOPE = frozenset(Scope)
"""What a key may do that was made for everything, as those were that are older than scopes."""


def roles_with(right: Right) -> list[Role]:
    """Return the roles that have *right*, the least first."""
    return [role for role in Role if right in RIGHTS[role]]
