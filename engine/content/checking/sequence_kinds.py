"""What can be found in a sequence, each with why it matters and what to do; and what can be wrong with an acceptance."""

from engine.content.checking.kinds import Chapter, binding, error, note, warning
from engine.content.codes import Code

SEQUENCES: Chapter = {
    Code.WRONG_TARGET: binding(
        "A stage that leads to one that isn't there would leave the lead standing.",
        "Name a stage of this sequence, or `skip` or `end`.",
    ),
    Code.WRONG_CONDITION: binding(
        "A condition that can't be read can't be answered for any lead.",
        "Write it as in lead.clicked('guide') or lead.interest == 'furnace'.",
    ),
    Code.MISSING_TEMPLATE: binding(
        "There is nothing to say at this stage.",
        "Name a message that exists for this channel, or write it.",
    ),
    Code.MISSING_SEQUENCE: binding(
        "The lead would leave this sequence and arrive in none.",
        "Name a sequence of the folder.",
    ),
    Code.LOOP_WITHOUT_WAIT: binding(
        "Leads would go round and round at once.",
        "Give one of the loop's stages a delay, as in after: 1 week.",
    ),
    Code.WRONG_DATE: binding(
        "A stage counts by a date of the lead's own, and nothing says which.",
        "Name the custom field in the head, as in date: appointment.",
    ),
    Code.DATE_UNUSED: warning(
        "The sequence takes in only leads with that date, and does nothing by it.",
        "Write before: or past: at a stage, or leave date out.",
    ),
    Code.NEVER_IN_TIME: warning(
        "What stands before it is done only when its own moment is over, so it is passed over for every lead.",
        "Put the stages into the order of their moments.",
    ),
    Code.ENDS_BY_ITS_START: warning(
        "The event that starts it is told again when the date is moved; it would end the reminders.",
        "Take the event out of leave.",
    ),
    Code.UNREACHABLE_STAGE: warning(
        "No lead ever gets there, so nobody gets what it says.",
        "Lead to it, or remove it.",
    ),
    Code.DEAD_END: warning(
        "The lead stands still there, and whatever happens, nothing follows.",
        "Say what follows with `then:` or `else:`, or remove the stage.",
    ),
    Code.DECIDES_NOTHING: warning(
        "Both ways lead to the same stage, so the question changes nothing.",
        "Lead one of them elsewhere, or remove the stage.",
    ),
    Code.NO_END: note(
        "Leads leave it only by what `leave:` names: right for a letter a month without end, wrong for anything else.",
        "End it with `times:`, or by handing over; an error where `leave:` names nothing.",
    ),
    Code.OVER_CAP: warning(
        "The touch comes sooner than the frequency cap can allow, whenever a lead begins: it would always be held back, "
        "and with it all that follows.",
        "Leave more time before it, or leave a touch out.",
    ),
    Code.ONLY_TEXTS: warning(
        "A lead who gave no consent to texts and recorded calls gets nothing at all.",
        "Give a stage an email or a call, or an `otherwise:` that leads to one.",
    ),
    Code.ENDS_WITHOUT_TEXTS: warning(
        "Leads who may not be texted are let go there, though more follows for the others.",
        "Write otherwise: skip, or lead to a stage with an email.",
    ),
    Code.WINDOW_IN_QUIET_HOURS: error(
        "The law forbids the channel at every hour of the window, so the touch would be held until it is given up.",
        "Open the window between 8 in the morning and 8 in the evening.",
    ),
    Code.TIME_OUTSIDE_WINDOW: warning(
        "The stage names a time of day at which its window is closed, so the touch leaves when the window next opens.",
        "Name a time inside the window, or give the stage a window of its own.",
    ),
    Code.WRONG_PURPOSE: error(
        "What a lead asked for is sent under looser rules than advertising. Advertising in a service sequence breaks the "
        "promise on which those rules rest.",
        "Write `purpose: service` in the message where it is one, or `purpose: marketing` in the sequence.",
    ),
    Code.UNKNOWN_TOPIC: warning(
        "Leads choose by topic on their page of choices, and this one has no words there.",
        "Add the topic with its words to `topics` in brand.yaml, or name one that stands there.",
    ),
    Code.EVENT_CANNOT_HAPPEN: warning(
        "Nothing before this stage could bring the event about, so the wait always ends by its timeout.",
        "Wait for something an earlier touch can lead to, or remove the stage.",
    ),
    Code.UNKNOWN_EVENT: note(
        "The engine itself never reports this event; the wait ends only if another system does.",
        "Report it with `fifthtouch event` or by the API, or name an event of the engine's own.",
    ),
}

ACCEPTANCES: Chapter = {
    Code.UNKNOWN_ACCEPTANCE: warning(
        "An acceptance that names no finding accepts nothing, or names one that nobody can accept.",
        "Name a code from this page, and give a reason.",
    ),
    Code.UNNEEDED_ACCEPTANCE: warning(
        "What was accepted is no longer found; kept on, the line would hide the next one.",
        "Take the line out.",
    ),
}
