"""Why the gate says hold or block: one closed list of words, used in logs, filters and the delivery log."""

from enum import StrEnum


class GateReason(StrEnum):
    """The reason of an answer that is not an allow."""

    NO_ADDRESS = "no_address"  # the lead has no address for this channel
    SUPPRESSED = "suppressed"  # the address is ruled out: bounced, complained, wrong number, stopped elsewhere
    WITHDRAWN = "withdrawn"  # the lead said stop
    PENDING_REVIEW = "pending_review"  # the lead wrote something that may be a stop; a person must read it first
    UNKNOWN_COUNTRY = "unknown_country"  # nothing tells where the lead is, or we have no rules for that country
    FORBIDDEN = "forbidden"  # the law there forbids this channel, whatever the lead agreed to
    NO_CONSENT = "no_consent"  # the lead hasn't agreed in the way the law asks for
    CONSENT_EXPIRED = "consent_expired"  # the lead agreed, too long ago
    REGISTERED = "registered"  # the number is on a public list of people who want no such calls
    REGISTRY_STALE = "registry_stale"  # our copy of that list is too old, or we have none
    EMERGENCY = "emergency"  # a declared emergency where the lead may be
    NOT_ATTESTED = "not_attested"  # the law asks for something of the business that nobody has vouched for yet
    CONTENT = "content"  # the message lacks, or holds, something that a rule is about
    QUIET_HOURS = "quiet_hours"  # not at this hour or on this day where the lead may be
    NEVER_OPEN = "never_open"  # no hour is allowed in every place where the lead may be
    FREQUENCY_CAP = "frequency_cap"  # too many touches lately
    REFUSED_RECENTLY = "refused_recently"  # the lead said no a short while ago
    ALREADY_CONFIRMED = "already_confirmed"  # the stop was confirmed once, and only once is allowed
    CONFIRMATION_LATE = "confirmation_late"  # too late to confirm a stop
    EXPIRED_PLAN = "expired_plan"  # it would have to wait so long that it no longer makes sense
