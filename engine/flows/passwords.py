"""Passwords: hashed slowly and a few at a time, and refused where they would be guessed soon.

The rules are those of NIST SP 800-63B: a length, and none of the well-known ones; no rules about kinds of characters,
and none about changing them every so often.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore, Semaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Result = TypeVar("Result")

LENGTH_MIN = 12  # NIST asks for 15 where a password stands alone, 8 beside a second factor; people here may have either
LENGTH_MAX = 256  # longer is no password, and costs time to hash
AT_ONCE = 2  # each takes 64 MiB and tens of milliseconds of every core
WAITING_MAX = 8  # who comes then is told to try again, and holds no thread meanwhile
WAIT_SECONDS_MAX = 5.0
GUESSES_FOR_LONG = 3  # zxcvbn's "safely unguessable": more than 10^8 guesses, and each costs us a slow hash
OWN_MIN = 8  # letters and digits beside the owner's name and address
WORD_MIN = 3  # shorter parts of a name stand in every word
JUDGED_MAX = 72  # what zxcvbn reads at most


class TooBusy(RuntimeError):
    """So many sign in at the same moment that this one should try again."""


class Passwords:
    """Hashes and checks passwords with *hasher*, by default as RFC 9106 advises where memory is limited."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = BoundedSemaphore(AT_ONCE)
        self._queue = Semaphore(AT_ONCE + WAITING_MAX)

    def hash(self, password: str) -> str:
        """Return what is kept of *password*; raises TooBusy."""
        return self._in_turn(lambda: self._hasher.hash(_normal(password)))

    def is_right(self, hashed: str | None, password: str) -> bool:
        """Return whether *password* is the one that was *hashed*; None takes as long, and is never right.

        Raises TooBusy.
        """
        if hashed is None:
            self.hash(password)
            return False

        def check() -> bool:
            try:
                return bool(self._hasher.verify(hashed, _normal(password)))
            except (VerificationError, InvalidHashError):
                return False

        return self._in_turn(check)

    def is_outdated(self, hashed: str) -> bool:
        """Return whether *hashed* was made with other costs than new ones are."""
        return self._hasher.check_needs_rehash(hashed)

    def _in_turn(self, work: Callable[[], Result]) -> Result:
        if not self._queue.acquire(blocking=False):
            raise TooBusy
        try:
            if not self._slots.acquire(timeout=WAIT_SECONDS_MAX):
                raise TooBusy
            try:
                return work()
            finally:
                self._slots.release()
        finally:
            self._queue.release()


def weakness_of(password: str, about: Iterable[str]) -> str | None:
    """Return why *password* can't be taken, in a sentence, or None; *about* are names and addresses of its owner."""
    normal = _normal(password)
    if len(normal) < LENGTH_MIN:
        return f"Please take at least {LENGTH_MIN} characters: a few words that have nothing to do with each other."
    if len(normal) > LENGTH_MAX:
        return f"Please take at most {LENGTH_MAX} characters."
    words = {part.casefold() for text in about for part in (text, *re.split(r"[^\w]+", text)) if len(part) >= WORD_MIN}
    if _rest_of(normal, words) < OWN_MIN or _score(normal, words) < GUESSES_FOR_LONG:
        return "This one would be guessed soon: it is well known, a pattern, or made of your name or address."
    return None


def _rest_of(password: str, words: Iterable[str]) -> int:
    """Return how many letters and digits of *password* are none of *words*, which anybody can look up."""
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return sum(one.isalnum() for one in rest)


def _score(password: str, words: Iterable[str]) -> int:
    from zxcvbn import zxcvbn

    score = zxcvbn(password[:JUDGED_MAX], user_inputs=[*words, "fifthtouch"])["score"]
    assert isinstance(score, int)
    return score


def _normal(password: str) -> str:
    """Return *password* in one form, however a keyboard wrote its accents."""
    return unicodedata.normalize("NFKC", password)[: LENGTH_MAX + 1]
