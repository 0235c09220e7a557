"""Tell what programs elsewhere are posted: every type of notice with its fields, from the list that fills them in."""

import json

from word_reference import meanings_of

from engine.domain.notice import AGE_MAX, FAILING_MAX, FIELDS, ROTATION, VERSION, WAIT_SECONDS_MAX, NoticeType

AN_ID, AN_INSTANT = "019cb08b-38c0-7392-a827-ddada170b338", "2026-03-02T15:00:00+00:00"
EXAMPLES = {
    "changed": ["company", "owner"], "channel": "email", "channels": ["email", "sms"], "due_at": AN_INSTANT, "kind": "call",
    "outcome": "reached", "owner": "maren", "provider": "sendgrid", "purpose": "marketing", "sequence": "five-days-then-weekly",
    "source": "web-form", "stage": "day-1", "state": "done", "template": "useful-guide", "topic": None,
}  # fmt: skip
STATUS = {"lead": "working", "enrollment": "finished"}
REASON = {NoticeType.ENROLLMENT_FINISHED: "completed", NoticeType.MESSAGE_FAILED: "dead_address",
          NoticeType.MESSAGE_UNKNOWN: "no_evidence"}  # fmt: skip

INTRODUCTION = f"""\
# Webhooks

What a program is posted, by type; [how to receive it](../how-to/receive-webhooks.md). Each notice is a POST with
`Content-Type: application/json` and these headers, as [Standard Webhooks](https://www.standardwebhooks.com/) has them:

| header | meaning |
|---|---|
| `webhook-id` | names the notice; the same at every try, so that it is taken once |
| `webhook-timestamp` | when this try was signed, in seconds since 1970 |
| `webhook-signature` | `v1,` and the signature; two with a space between for {ROTATION.total_seconds() / 3600:.0f} hours after a new secret |

| field of the body | meaning |
|---|---|
| `type` | what happened |
| `timestamp` | when it was written |
| `version` | of this shape, now {VERSION}: fields may be added within one, none is taken away or changes its meaning |
| `data` | ids and facts, never an address, a name or a text |

What is not answered 2xx is sent again, ever more slowly, at most {WAIT_SECONDS_MAX / 3600:.0f} hours apart, for {AGE_MAX.days} days. \
`410 Gone`, or {FAILING_MAX.days} days in which
nothing gets through, ends it. Notices come in no promised order: `timestamp` tells it.
"""


def webhooks_page() -> str:
    """Return every type with the meaning of its fields, and an example."""
    lines = [INTRODUCTION.rstrip()]
    meanings = meanings_of(NoticeType)
    for kind in NoticeType:
        rows = [f"| `{name}` | {meaning} |" for name, meaning in FIELDS[kind].items()]
        said = meanings[kind.name]
        lines += [
            "",
            f"## {kind.value}",
            "",
            f"{said[0].upper()}{said[1:]}.",
            "",
            "| `data` | meaning |",
            "|---|---|",
            *rows,
        ]
        lines += ["", "```json", _example(kind), "```"]
    return "\n".join(lines)


def _example(kind: NoticeType) -> str:
    data = {name: _value(kind, name) for name in FIELDS[kind]}
    return json.dumps({"type": kind.value, "timestamp": AN_INSTANT, "version": VERSION, "data": data}, indent=2)


def _value(kind: NoticeType, name: str) -> object:
    if name.endswith("_id"):
        return AN_ID
    own = {"status": STATUS.get(kind.partition(".")[0]), "reason": REASON.get(kind)}
    return own[name] if name in own else EXAMPLES[name]
