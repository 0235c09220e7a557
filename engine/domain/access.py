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


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.MARKETER: frozenset({Right.SEE, Right.WRITE, Right.STEER}),
    Role.OPERATOR: frozenset({Right.SEE, Right.WORK, Right.STEER}),
    Role.ADMIN: frozenset(Right),
}
"""What each role may do; whoever may see nothing has no role."""
