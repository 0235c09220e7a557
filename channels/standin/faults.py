"""What goes wrong at the stand-in, when a test or a person wishes it.

A fault may strike and the message be accepted all the same (*accepts*): an answer that never arrives says nothing about
what happened, and that is what most of them are for.
"""

import random
import threading
from dataclasses import dataclass
from enum import StrEnum

from channels.standin.account import Provider


class FaultKind(StrEnum):
    """How a request goes wrong."""

    THROTTLE = "throttle"  # 429 with Retry-After; SMTP: 451
    FAIL = "fail"  # a 5xx; SMTP: 421
    REFUSE = "refuse"  # a 4xx for good; SMTP: 550
    SLOW = "slow"  # the right answer, after so many seconds
    RESET_EARLY = "reset_early"  # the connection is reset before the request was read; SMTP: at MAIL FROM
    RESET_LATE = "reset_late"  # the connection is reset after the request was read
    SILENT = "silent"  # no answer, ever
    MALFORMED = "malformed"  # an answer that is none
    MUTE = "mute"  # the right answer, and then no callback about it, ever


_ACCEPT = frozenset({FaultKind.SLOW, FaultKind.RESET_LATE, FaultKind.SILENT, FaultKind.MALFORMED, FaultKind.MUTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong; *status* overrules the usual one (SMTP: the reply's code), *code* is Twilio's.

    *accepts* says whether the message is accepted nevertheless; None means as is usual for the kind.
    """

    kind: FaultKind
    seconds: float = 1.0  # of SLOW, and Retry-After of THROTTLE
    status: int | None = None
    code: int | None = None
    message: str = ""
    accepts: bool | None = None

    @property
    def is_accepting(self) -> bool:
        """Whether the message is accepted although this happens."""
        return self.kind in _ACCEPT if self.accepts is None else self.accepts


@dataclass(slots=True)
class _Rule:
    fault: Fault
    provider: Provider | None
    left: int | None
    share: float
    reads: bool


class Faults:
    """What is to go wrong from now on; the rule that was set first strikes first. Any thread may set them."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._chance = random.Random(seed)

    def add(
        self,
        fault: Fault | FaultKind | str,
        *,
        provider: Provider | str | None = None,
        times: int | None = None,
        share: float = 1.0,
        reads: bool = False,
    ) -> None:
        """Let *fault* strike the next *times* requests that send (None: every one), or a *share* of them.

        Without *provider* it strikes all. With *reads* it also strikes lookups and lists.
        """
        made = fault if isinstance(fault, Fault) else Fault(kind=FaultKind(fault))
        rule = _Rule(made, Provider(provider) if provider else None, times, share, reads)
        with self._lock:
            self._rules.append(rule)

    def clear(self, provider: Provider | str | None = None) -> None:
        """Let nothing go wrong any more, at *provider* or anywhere."""
        with self._lock:
            self._rules = [rule for rule in self._rules if provider is not None and rule.provider != provider]

    def be_willing(self) -> None:
        """Take everything."""
        self.clear()

    def be_refusing(self) -> None:
        """Refuse everything, for good."""
        self.clear()
        self.add(FaultKind.REFUSE)

    def be_silent(self) -> None:
        """Take every request and never answer."""
        self.clear()
        self.add(FaultKind.SILENT)

    def take(self, provider: Provider, *, is_send: bool = True) -> Fault | None:
        """Return what strikes the request that has just come to *provider*, None for nothing."""
        with self._lock:
            for rule in self._rules:
                if rule.provider not in (None, provider) or not (is_send or rule.reads):
                    continue
                if rule.left == 0 or self._chance.random() >= rule.share:
                    continue
                if rule.left is not None:
                    rule.left -= 1
                return rule.fault
        return None
