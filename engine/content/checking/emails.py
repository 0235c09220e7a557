"""The envelope of an email: its subject, the line after it, and what the law wants in its layout."""

from collections.abc import Iterator

from channels.message import EmailContent
from consent.facts import Purpose
from consent.wording.lexicon import lexicon
from engine.content.checking.catalogue import finding
from engine.content.checking.sample import Sample
from engine.content.codes import Code
from engine.content.preview import PREVIEW_LINKS
from engine.content.problems import Problem

# Phones show 35 to 45 characters of a subject and desktops about 70.
SUBJECT_CHARACTERS_MAX = 70
# Gmail cuts a message off at 102 KB; counted links and an open pixel make it longer than it is here.
EMAIL_BYTES_MAX = 100_000


def check_email(sample: Sample, email: EmailContent) -> Iterator[Problem]:
    """Find what is wrong around the words of *email*."""
    if not email.subject:
        yield sample.found(Code.EMPTY_SUBJECT, "The subject is empty for some leads.", key="subject")
    if lexicon().reply_prefix.match(email.subject):
        remedy = "Say what the message is about: pretending to answer misleads, and the law forbids it."
        yield sample.found(Code.FALSE_REPLY, "The subject pretends to be a reply.", remedy, key="subject")
    if len(email.subject) > SUBJECT_CHARACTERS_MAX and sample.is_typical:
        message = f"The subject has more than {SUBJECT_CHARACTERS_MAX} characters."
        yield sample.found(Code.SUBJECT_LONG, message, key="subject")
    if not email.preheader:
        yield sample.found(Code.NO_PREHEADER, "The email has no preheader.", key="preheader")
    yield from _size(sample, email)
    if sample.compiled.purpose is Purpose.MARKETING:
        yield from _footer(sample, email)


def _size(sample: Sample, email: EmailContent) -> Iterator[Problem]:
    size = len(email.html.encode(errors="replace"))
    if size > EMAIL_BYTES_MAX and sample.is_typical:
        message = f"The HTML part has {size // 1000} KB, and Gmail cuts off what is over {EMAIL_BYTES_MAX // 1000}."
        yield sample.found(Code.EMAIL_LARGE, message)


def _footer(sample: Sample, email: EmailContent) -> Iterator[Problem]:
    address = _plain(sample.compiled.brand.postal_address)
    for ending, part in ((".mjml", email.html), (".txt", email.text)):
        file = _layout_file(sample, ending)
        if address not in _plain(part):
            remedy = "Add {{ brand.postal_address }}: the law asks for it in every marketing email."
            yield finding(Code.NO_POSTAL_ADDRESS, file, None, "The postal address is missing.", remedy)
        if PREVIEW_LINKS.unsubscribe not in part:
            remedy = "Add a link to {{ links.unsubscribe }}."
            yield finding(Code.NO_WAY_OUT, file, None, "The way to unsubscribe is missing.", remedy)


def _layout_file(sample: Sample, ending: str) -> str:
    if not sample.source.layout:
        return sample.source.file
    return sample.library.file(f"layouts/{sample.source.layout}{ending}")


def _plain(text: str) -> str:
    return " ".join(text.replace("&amp;", "&").replace("&#39;", "'").split())
