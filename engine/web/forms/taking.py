"""Turn what a form's visitor filled in into a lead, or into what is wrong with each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import ValidationError

from channels.address import Channel
from consent.facts import Basis, FactKind
from consent.jurisdiction import candidates
from engine.content.forms import LEAD_FIELDS, TAKEN, Form
from engine.flows.checking import checked
from engine.flows.draft import Draft, Grant
from engine.web.api.asks import LeadIn
from engine.web.api.fields import errors_in
from engine.web.api.problems import FieldError
from engine.web.forms.posted import PAGE, TRAP, Posted

EXTRAS_MAX = 20
PAGE_CHARACTERS_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Around a submission: the page it came from, from where, by which program, and whose name stood there."""

    page: str
    ip: str
    user_agent: str = ""
    seller: str = ""


def read_draft(form: Form, posted: Posted, visit: Visit) -> Draft | list[FieldError]:
    """Return the lead that *posted* tells of, with consent for the boxes that were ticked; else each field's fault."""
    faults = [
        FieldError(field=one.name, message="This is missing.", remedy=f"Fill in: {one.label}.")
        for one in form.fields
        if one.required and not posted.values.get(one.name)
    ]
    faults += [
        FieldError(field=one.name, message="This is none of the choices.", remedy=f"Choose: {', '.join(one.options)}.")
        for one in form.fields
        if one.options and posted.values.get(one.name, "") not in {"", *one.options}
    ]
    known = {one.name for one in form.fields}
    lead = {name: posted.values[name] for name in LEAD_FIELDS if name in known and posted.values.get(name)}
    custom = {name: posted.values[name] for name in known - {*LEAD_FIELDS} if posted.values.get(name)}
    defaults = {"country": form.country, "language": form.language, "source": form.source}
    asked = {**{name: value for name, value in defaults.items() if value}, **lead}
    try:
        body = LeadIn.model_validate({**asked, "custom": {**_extras(form, posted), **custom}})
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        missing = {fault.field for fault in faults}
        return faults + [fault for fault in errors_in(found, None) if fault.field not in missing]
    if faults:
        return faults
    return checked(Draft(**body.model_dump(exclude={"consents"}), grants=_grants(form, posted, visit, body)))


def page_of(posted: Posted, headers: Mapping[str, str]) -> str:
    """Return the page a form stood on: as the site says, else as the browser does; empty where neither tells."""
    for told in (posted.values.get(PAGE, ""), headers.get("referer", ""), headers.get("origin", "")):
        text = told[:PAGE_CHARACTERS_MAX]
        if _is_page(text):
            return text
    return ""


def _is_page(text: str) -> bool:
    try:
        return urlsplit(text).scheme in {"http", "https"} and bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _grants(form: Form, posted: Posted, visit: Visit, lead: LeadIn) -> tuple[Grant, ...]:
    confirmed = form.double_opt_in if form.double_opt_in is not None else asked_twice(lead)
    ticked = tuple(
        Grant(
            channel=channel,
            basis=box.basis,
            kind=FactKind.REQUESTED if channel in confirmed else FactKind.GRANTED,
            wording=box.wording,
            page=visit.page,
            ip=visit.ip,
            user_agent=visit.user_agent,
            form=form.name,
            revision=form.revision,
            act=f"ticked {box.key}",
            seller=visit.seller,
        )
        for box in form.consents
        if posted.has_ticked(box.key)
        for channel in box.channels
    )
    return ticked or _inquiry(form, visit, lead)


def _inquiry(form: Form, visit: Visit, lead: LeadIn) -> tuple[Grant, ...]:
    """Return what sending a form without any box ticked is: an inquiry, which the law of some places lets one answer.

    It is no consent; what it is worth where, and for how long, the rulebook says. Whoever ticks a box has said how they
    want to be answered, so that nothing is added to their word.
    """
    reached = {Channel.EMAIL} if lead.email else set()
    reached |= {Channel.SMS, Channel.VOICEMAIL, Channel.CALL} if lead.phone else set()
    return tuple(
        Grant(
            channel=channel,
            basis=Basis.IMPLIED_INQUIRY,
            wording=f"{form.title}: {form.button}",
            page=visit.page,
            ip=visit.ip,
            user_agent=visit.user_agent,
            form=form.name,
            revision=form.revision,
            act="sent the form",
            seller=visit.seller,
        )
        for channel in sorted(reached)
    )


def asked_twice(lead: LeadIn) -> frozenset[Channel]:
    """Return what must be confirmed from the address itself where *lead* may be: email, in Germany (DE-DOI)."""
    places, _ = candidates(lead.country, lead.region, lead.zone, lead.phone, lead.email)
    is_german = any(one.value.partition("-")[0] == "DE" for one in places)
    return frozenset({Channel.EMAIL}) if is_german else frozenset()


def _extras(form: Form, posted: Posted) -> dict[str, str]:
    """Return what a site posts besides the form's own fields, such as where an advertisement brought somebody from."""
    ours = {*LEAD_FIELDS, *TAKEN, TRAP, *(one.name for one in form.fields), *(box.key for box in form.consents)}
    found = {
        name: value[:PAGE_CHARACTERS_MAX]
        for name, value in posted.values.items()
        if value and name not in ours and name.isascii() and name.isidentifier() and name[0].isalpha()
    }
    return {name: found[name] for name in list(found)[:EXTRAS_MAX] if len(name) <= 60}  # noqa: PLR2004
