"""A task: a touch that a person makes."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What a person does."""

    CALL = "call"  # dial and speak
    LETTER = "letter"  # write and post
    SOCIAL = "social"  # a message or a comment by hand
    ANSWER = "answer"  # read a reply and answer it
    REVIEW = "review"  # an operator settles what no evidence settled


class TaskState(StrEnum):
    """How far a task is."""

    OPEN = "open"  # to be done
    DONE = "done"  # done, with an outcome
    CANCELLED = "cancelled"  # overtaken, with a reason


class TaskOutcome(StrEnum):
    """How a call or another task ended; sequences branch on these words."""

    REACHED = "reached"  # talked with the lead
    NO_ANSWER = "no_answer"  # nobody picked up
    VOICEMAIL_LEFT = "voicemail_left"  # spoke to the machine
    WRONG_NUMBER = "wrong_number"  # somebody else's number
    NOT_NOW = "not_now"  # later, at a date
    NO = "no"  # a real no
    BOOKED = "booked"  # an appointment stands
    WON = "won"  # a customer now
    DONE = "done"  # for letters, social and answers
