"""The names of what a check can find, and how much a finding matters; what each means stands in `checking.catalogue`."""

from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"  # it cannot be published, unless the author accepts it with a reason
    WARNING = "warning"  # it can, and the author should look
    NOTE = "note"  # worth knowing; nothing needs to be done


class Code(StrEnum):
    """What was found. The words stand in files that authors keep (`accept:`), so a code never changes its name."""

    # What keeps a file from being used.
    BROKEN = "broken"
    UNKNOWN_VARIABLE = "unknown-variable"
    TEMPLATE_SYNTAX = "template-syntax"

    # What the lead's data does to a message.
    NO_FALLBACK = "no-fallback"
    EMPTY_SUBJECT = "empty-subject"
    MANY_HELD = "many-held"
    NO_LANGUAGE_VARIANT = "no-language-variant"
    UNKNOWN_INTEREST = "unknown-interest"
    NO_INTEREST_VARIANT = "no-interest-variant"
    FEW_TEXT_CONSENTS = "few-text-consents"

    # The law, and the gate that keeps it.
    NO_POSTAL_ADDRESS = "no-postal-address"
    NO_WAY_OUT = "no-way-out"
    CALLER_NOT_NAMED = "caller-not-named"
    NO_CALL_BACK_NUMBER = "no-call-back-number"
    CONTENT_RULE = "content-rule"
    FALSE_REPLY = "false-reply"

    # Links and recordings.
    LINK_MALFORMED = "link-malformed"
    LINK_PLACEHOLDER = "link-placeholder"
    LINK_NOT_ENCRYPTED = "link-not-encrypted"
    LINK_SHORTENED = "link-shortened"
    LINK_ELSEWHERE = "link-elsewhere"
    LINK_MISLEADING = "link-misleading"
    RECORDING_ADDRESS = "recording-address"

    # What filters and people take for spam.
    SHOUTING = "shouting"
    EXCLAMATION_MARKS = "exclamation-marks"
    PRESSURE_WORDS = "pressure-words"
    ONLY_IMAGES = "only-images"
    HIDDEN_TEXT = "hidden-text"

    # How it reads.
    SUBJECT_LONG = "subject-long"
    NO_PREHEADER = "no-preheader"
    HARD_TO_READ = "hard-to-read"
    TOO_LONG = "too-long"
    SEVERAL_QUESTIONS = "several-questions"
    STOCK_PHRASE = "stock-phrase"
    HIDDEN_CHARACTER = "hidden-character"

    # What a text costs, and how long a voicemail lasts.
    MANY_SEGMENTS = "many-segments"
    COSTLY_CHARACTER = "costly-character"
    COSTLY_FOR_SOME = "costly-for-some"
    VOICEMAIL_LONG = "voicemail-long"
    VOICEMAIL_SHORT = "voicemail-short"

    # Whether everybody can read the email.
    LOW_CONTRAST = "low-contrast"
    EMAIL_LARGE = "email-large"
    NO_ALT_TEXT = "no-alt-text"
    HEADING_ORDER = "heading-order"
    NO_LANGUAGE = "no-language"
    TABLE_ROLE = "table-role"

    # Sequences.
    WRONG_TARGET = "wrong-target"
    WRONG_CONDITION = "wrong-condition"
    MISSING_TEMPLATE = "missing-template"
    MISSING_SEQUENCE = "missing-sequence"
    LOOP_WITHOUT_WAIT = "loop-without-wait"
    UNREACHABLE_STAGE = "unreachable-stage"
    DEAD_END = "dead-end"
    DECIDES_NOTHING = "decides-nothing"
    NO_END = "no-end"
    OVER_CAP = "over-cap"
    ONLY_TEXTS = "only-texts"
    ENDS_WITHOUT_TEXTS = "ends-without-texts"
    WINDOW_IN_QUIET_HOURS = "window-in-quiet-hours"
    TIME_OUTSIDE_WINDOW = "time-outside-window"
    WRONG_PURPOSE = "wrong-purpose"
    UNKNOWN_TOPIC = "unknown-topic"
    EVENT_CANNOT_HAPPEN = "event-cannot-happen"
    WRONG_DATE = "wrong-date"
    DATE_UNUSED = "date-unused"
    NEVER_IN_TIME = "never-in-time"
    ENDS_BY_ITS_START = "ends-by-its-start"
    UNKNOWN_EVENT = "unknown-event"

    # Acceptances.
    UNKNOWN_ACCEPTANCE = "unknown-acceptance"
    UNNEEDED_ACCEPTANCE = "unneeded-acceptance"
