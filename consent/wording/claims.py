"""What a message claims to be: no answer that is none, no last day that is none, nothing that carriers refuse."""

from channels.message import EmailContent
from consent.facts import Rendered
from consent.wording.lexicon import lexicon
from consent.wording.view import Finding, parts_of, plain_words


def honest_subject(rendered: Rendered) -> Finding:
    """Find a subject that pretends to answer, or claims a deadline of which the text knows no date."""
    content = rendered.content
    if not isinstance(content, EmailContent):
        return None
    words = lexicon()
    prefix = words.reply_prefix.match(content.subject)
    if prefix is not None and not rendered.is_answer:
        return (
            f"The subject begins with {prefix.group().strip()!r}, and the message answers nothing: "
            "say what it is about."
        )
    claim = words.deadline.search(plain_words(content.subject))
    dated = (
        words.date.search(plain_words(content.subject)),
        *(words.date.search(one.words) for one in parts_of(content)),
    )
    if claim is not None and not any(dated):
        return (
            f"The subject says {claim.group().strip()!r}, and the text names no date: "
            "say until which date it holds, or take the claim out."
        )
    return None


def lawful_subject(rendered: Rendered) -> Finding:
    """Find a phrase of what carriers refuse."""
    content = rendered.content
    texts = [(part.name, part.words) for part in parts_of(content)]
    if isinstance(content, EmailContent):
        texts.append(("The subject", plain_words(content.subject)))
    for name, words in texts:
        for subject, phrases in lexicon().unlawful.items():
            if (found := phrases.search(words)) is not None:
                return (
                    f"{name} says {found.group().strip()!r}, which carriers refuse as {subject}: "
                    "take it out, or write by email."
                )
    return None
