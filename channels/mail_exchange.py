"""Ask DNS whether a domain takes mail. What can't be found out is unknown, and never held against a lead."""

from collections.abc import Callable

import dns.exception
import dns.name
import dns.resolver
import structlog

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 2.0
NO_MAIL = "."  # RFC 7505: a domain says so itself


def make_question(resolver: dns.resolver.Resolver | None = None) -> Callable[[str], bool | None]:
    """Return the function that tells whether a domain takes mail, by *resolver*, else by this machine's own.

    A machine without a resolver makes one that answers None to everything.
    """
    try:
        asked = resolver or dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return _unknown
    return lambda domain: takes_mail(domain, asked)


def takes_mail(domain: str, resolver: dns.resolver.Resolver) -> bool | None:
    """Return whether *domain* takes mail by RFC 5321: it names an exchange, or else has an address; None if unknown."""
    try:
        name = dns.name.from_text(domain.encode("idna").decode() if not domain.isascii() else domain)
        found = resolver.resolve(name, "MX", raise_on_no_answer=False, lifetime=TIMEOUT_SECONDS)
        if found.rrset is not None:
            return any(str(record.exchange) != NO_MAIL for record in found.rrset)
        return any(_has(resolver, name, kind) for kind in ("A", "AAAA"))
    except dns.resolver.NXDOMAIN:
        return False
    except (dns.exception.DNSException, UnicodeError, OSError) as error:
        log.info("contact.mail_exchange_unknown", domain=domain, error=type(error).__name__)
        return None


def _has(resolver: dns.resolver.Resolver, name: dns.name.Name, kind: str) -> bool:
    found = resolver.resolve(name, kind, raise_on_no_answer=False, lifetime=TIMEOUT_SECONDS)
    return found.rrset is not None


def _unknown(_domain: str) -> None:
    return None
