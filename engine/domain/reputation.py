"""Do too many messages of a sender come back or get called spam: whoever goes on then is soon refused everywhere.

Google ("Email sender guidelines", 2024) wants spam rates below 0.1 % and never at 0.3 % or above; Yahoo ("Sender best
practices", 2024) wants them below 0.3 %. Amazon SES ("Reputation metrics") looks into accounts from 5 % bounces on. Both are
counted over the messages of one day, and only where there are enough to tell a rate from bad luck.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WINDOW = timedelta(days=1)

BOUNCES_SHARE_MAX = 0.05
COMPLAINTS_SHARE_MAX = 0.003

SENT_MIN = 100  # below, a few dead addresses of one small list would look like a rate
COMPLAINTS_MIN = 3  # one person's anger, or two's, is no rate either
BOUNCES_MIN = int(SENT_MIN * BOUNCES_SHARE_MAX) + 1  # with fewer the limit cannot be crossed


class Crossed(StrEnum):
    """Which limit was crossed; also why such a sender rests."""

    COMPLAINTS = "complaint_rate"
    BOUNCES = "bounce_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of the messages that a sender sent within the window; *bounced* are dead addresses."""

    sent: int
    bounced: int
    complained: int


def limit_crossed(account: Account) -> Crossed | None:
    """Return which limit *account* has crossed; complaints weigh more than bounces."""
    if account.complained >= COMPLAINTS_MIN and account.complained > account.sent * COMPLAINTS_SHARE_MAX:
        return Crossed.COMPLAINTS
    if account.sent >= SENT_MIN and account.bounced > account.sent * BOUNCES_SHARE_MAX:
        return Crossed.BOUNCES
    return None
