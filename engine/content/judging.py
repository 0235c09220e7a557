"""Lay a rendered message before the rules on content: who the seller is, as the brand says it, and what is said."""

from collections.abc import Iterable

from channels.message import Content
from consent.answer import RuleAnswer
from consent.facts import Rendered
from consent.reasons import GateReason
from consent.rule import Check, ContentTerms, Rule
from consent.wording.view import split_address
from engine.content.brand import Brand
from engine.content.variables import Links


def laid_before(content: Content, brand: Brand, links: Links) -> Rendered:
    """Return *content* as the gate looks at it: a first touch that answers nothing, until the caller knows better."""
    pages = [brand.variables[name] for name in ("website", "booking_url", "privacy_url", "review_url")]
    hosts = [host_of(str(page)) for page in (*pages, links.unsubscribe, links.preferences)]
    return Rendered(
        content=content,
        seller=brand.name,
        postal_address=brand.postal_address,
        phone=str(brand.variables["phone"]),
        domains=frozenset(host for host in (*hosts, *brand.domains) if host),
        opt_out_phone=brand.opt_out_phone,
    )


def host_of(address: str) -> str:
    """Return the host of a web address without its `www.`; nothing where there is none."""
    found = split_address(address)
    return found[1].host.removeprefix("www.") if found else ""


def checks_of(rules: Iterable[Rule]) -> frozenset[Check]:
    """Return what *rules* look for in the words of a message."""
    return frozenset(check for rule in rules if isinstance(rule.terms, ContentTerms) for check in rule.terms.checks)


def findings_of(answers: Iterable[RuleAnswer]) -> dict[Check, str]:
    """Return what the rules on content found, by check."""
    blocks = [answer for answer in answers if answer.reason == GateReason.CONTENT]
    return {Check(check): finding for answer in blocks for check, finding in answer.inputs["findings"].items()}
