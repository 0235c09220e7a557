"""Who may sign in, what proves it, and where they are signed in: apart from the people, who are read everywhere."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from engine.domain.access import LinkPurpose, Role
from engine.store.tables.metadata import id_column, instant, metadata, one_of, promise, text


def _user(*, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column("user_id", Text, ForeignKey("users.id"), nullable=nullable, primary_key=primary_key, comment="whose")


accounts = Table(
    "accounts",
    metadata,
    _user(primary_key=True),
    text("role", "what they may do: viewer, marketer, operator, admin"),
    instant("created_at", "when they were first let in"),
    text("password_hash", "argon2id; null until they chose a password", nullable=True),
    instant("password_at", "when they chose it", nullable=True),
    Column("totp_secret", LargeBinary, comment="of their authenticator app, encrypted; null where there is none"),
    Column("totp_pending", LargeBinary, comment="one that was shown and not yet proven, encrypted"),
    Column("totp_step", BigInteger, comment="the last half minute whose code was used: no code counts twice"),
    instant("disabled_at", "since when they may not sign in", nullable=True),
    one_of("role", Role),
    promise("step", "totp_step IS NULL OR totp_secret IS NOT NULL"),
    comment="People who may sign in to the console",
)

sessions = Table(
    "sessions",
    metadata,
    id_column(),
    _user(),
    text("hash", "SHA-256 of the cookie's token, which is kept nowhere"),
    Column(
        "awaits_code", Boolean, nullable=False, comment="the password was right, the second factor is still to come"
    ),
    instant("created_at", "when they signed in"),
    instant("seen_at", "when they were last here, to the minute"),
    instant("expires_at", "when it ends at the latest"),
    text("agent", "the browser, as it names itself"),
    text("client", "the address it signed in from"),
    UniqueConstraint("hash"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    comment="Browsers that are signed in; ending one takes its row away",
)

one_time_links = Table(
    "one_time_links",
    metadata,
    id_column(),
    _user(nullable=True),
    text("purpose", "choose a password, become the first admin, look around in a demonstration"),
    text("hash", "SHA-256 of the link's token, which is kept nowhere"),
    instant("created_at", "when it was made"),
    instant("expires_at", "when it opens nothing any more"),
    instant("used_at", "when it was used, or replaced by a newer one", nullable=True),
    one_of("purpose", LinkPurpose),
    UniqueConstraint("hash"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    comment="Links that let somebody in once",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    id_column(),
    _user(),
    text("hash", "keyed hash of the code"),
    instant("created_at", "when it was made"),
    instant("used_at", "when it was used", nullable=True),
    UniqueConstraint("user_id", "hash"),
    comment="Codes that stand in for a lost authenticator app, each once",
)

sign_in_brakes = Table(
    "sign_in_brakes",
    metadata,
    text(
        "key",
        "what is slowed down: keyed hash of a person, of a person's known browser, or of a network",
        primary_key=True,
    ),
    Column("failures", Integer, nullable=False, comment="attempts that did not end well, one under way among them"),
    instant("last_at", "when the last one was"),
    instant("until", "before when no further one is looked at"),
    promise("count", "failures >= 0"),
    Index(None, "last_at"),
    comment="How often somebody tried to sign in and could not",
)
