"""Does a rendered message say what the law wants said, and nothing that it forbids. Pure; the rules name the checks."""

from collections.abc import Callable, Mapping

from consent.answer import RuleAnswer
from consent.case import Case
from consent.facts import Rendered
from consent.reasons import GateReason
from consent.rule import Check, ContentTerms, Rule
from consent.wording import claims, identity, links, texts, way_out
from consent.wording.view import Finding


def ask_content(rule: Rule, terms: ContentTerms, case: Case) -> RuleAnswer:
    """Block a message that fails a check; one that is only planned has no words yet to look at."""
    rendered = case.request.rendered
    if rendered is None:
        return rule.allow({"rendered": False})
    found = {check.value: finding for check in sorted(terms.checks) if (finding := CHECKS[check](rendered))}
    return rule.block(GateReason.CONTENT, {"findings": found}) if found else rule.allow({"rendered": True})


CHECKS: Mapping[Check, Callable[[Rendered], Finding]] = {
    Check.SELLER_NAMED: identity.seller_named,
    Check.SELLER_NAMED_FIRST: identity.seller_named_first,
    Check.POSTAL_ADDRESS: identity.postal_address,
    Check.CONTACT: identity.contact,
    Check.OPT_OUT: way_out.opt_out,
    Check.ONE_CLICK: way_out.one_click,
    Check.HONEST_SUBJECT: claims.honest_subject,
    Check.FIRST_TEXT: texts.first_text,
    Check.NO_REPLY_TOLD: way_out.no_reply_told,
    Check.NO_SHORTENER: links.no_shortener,
    Check.OWN_LINKS: links.own_links,
    Check.LAWFUL_SUBJECT: claims.lawful_subject,
    Check.CALL_BACK_NUMBER: identity.call_back_number,
    Check.OPT_OUT_NUMBER: way_out.opt_out_number,
    Check.KEYPRESS: way_out.keypress,
}
"""One function for each check."""
