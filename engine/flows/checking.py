"""Look at the contact data of a lead on arrival: what is found is kept with the lead, and refuses nobody."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channels.contact_check import is_disposable, phone_type, suggest_email
from engine.flows.draft import Draft
from engine.flows.kit import Kit
from engine.store import leads


def checked(draft: Draft) -> Draft:
    """Return *draft* with what its addresses tell by themselves."""
    return replace(draft, checks=checks_of(draft.email, draft.phone))


def checks_of(email: str | None, phone: str | None) -> dict[str, Mapping[str, Any]]:
    """Return what *email* and *phone* tell by themselves; `takes_mail` stays None until DNS was asked."""
    found: dict[str, Mapping[str, Any]] = {}
    if email:
        found["email"] = {
            "suggestion": suggest_email(email),
            "is_disposable": is_disposable(email),
            "takes_mail": None,
        }
    if phone:
        found["phone"] = {"type": str(phone_type(phone))}
    return found


def ask_online(kit: Kit, lead_id: str) -> bool | None:
    """Ask DNS whether the lead's mailbox can exist, and keep the answer; None where it is unknown or not to be asked.

    Call it after the lead was taken in: it may take seconds, which no lead should wait for.
    """
    if kit.takes_mail is None:
        return None
    with kit.database.read() as connection:
        stored = leads.load(connection, [lead_id])
    email = next((one.lead.email for one in stored.values()), None)
    answer = kit.takes_mail(email.rpartition("@")[2]) if email else None
    if answer is None:
        return None
    with kit.database.write() as connection:
        leads.lock(connection, [lead_id], ())
        for now in leads.load(connection, [lead_id]).values():
            if now.lead.email == email:
                checks = now.checks if "email" in now.checks else checks_of(email, now.lead.phone)
                leads.change(connection, lead_id, {"checks": with_answer(checks, takes_mail=answer)})
    return answer


def with_answer(checks: Mapping[str, Any], *, takes_mail: bool | None) -> dict[str, Any]:
    """Return *checks* with what DNS answered."""
    if takes_mail is None or "email" not in checks:
        return dict(checks)
    return {**checks, "email": {**checks["email"], "takes_mail": takes_mail}}


def in_words(checks: Mapping[str, Any] | None) -> list[str]:
    """Return what a person should know of *checks*, most urgent first; nothing where all is well."""
    email, phone = (checks or {}).get("email", {}), (checks or {}).get("phone", {})
    said = []
    if email.get("takes_mail") is False:
        said.append("the email address's domain takes no mail")
    if email.get("suggestion"):
        said.append(f"the email address may be mistyped: {email['suggestion']}?")
    if email.get("is_disposable"):
        said.append("the mailbox is a throw-away one")
    if phone.get("type") in _TOLD:
        said.append(_TOLD[phone["type"]])
    return said


_TOLD = {
    "landline": "the phone is a landline: it is called, not texted",
    "mobile": "the phone is a mobile",
    "voip": "the phone is on the internet",
    "toll_free": "the phone is a toll-free number, so a business's",
}
