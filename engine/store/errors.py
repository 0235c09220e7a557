"""Errors that leave the store.

StoreError
 ├─ Unreachable       the database does not answer, or refuses us
 ├─ NotPrepared       its tables are older than this release: run `fifthtouch db upgrade`
 ├─ TooNew            its tables are newer than this release: upgrade the software
 ├─ ChangedMeanwhile  a lead was joined with another or readdressed while its locks were waited for: begin anew
 └─ WrongKey          the address key is not the one this database was made with

Spoiled stands apart: one thing of a batch cannot be written, and the database is well.
"""


class StoreError(Exception):
    """The database cannot be used; the message says what to do."""


class Unreachable(StoreError):
    """The database does not answer."""


class NotPrepared(StoreError):
    """The database has no tables yet, or older ones."""


class TooNew(StoreError):
    """The database was upgraded by a newer release."""


class ChangedMeanwhile(StoreError):
    """A lead became part of another, or was given another address, while its locks were waited for: begin anew."""


class WrongKey(StoreError):
    """The address key does not fit this database."""


class Spoiled(Exception):
    """What was done apart failed and was undone; the rest of the transaction stands."""
