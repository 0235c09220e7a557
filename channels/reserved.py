"""Addresses set aside for examples and fiction: they can be shown to anybody and reach nobody.

Domains: RFC 2606 and RFC 6761. Numbers: what each country's regulator keeps for drama use.
"""

import re

_DOMAINS = ("example.com", "example.org", "example.net")
_TOP_LEVELS = ("example", "test", "invalid")

_PHONES: dict[str, re.Pattern[str]] = {
    # North American Numbering Plan: 555-0100 to 555-0199 in every area code.
    "US": re.compile(r"\+1[2-9]\d\d55501\d\d"),
    # Ofcom, "Telephone numbers for use in TV and radio drama programmes".
    "GB": re.compile(
        r"\+44(?:11[3-8]4960|1[2-6]14960|1914980|2079460|2896496|2920180|1632960|7700900|8081570|909879\d|3069990)\d{3}"
    ),
    # ARCEP, the numbering plan's ranges for audiovisual works.
    "FR": re.compile(r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}"),
    # ACMA, "Phone numbers for use in TV shows, films and creative works": 5550 and 7010 by area, mobiles on 0491 57.
    "AU": re.compile(r"\+61(?:[2378](?:5550|7010)\d{4}|49157\d{4})"),
    # ComReg, numbering conditions: 020 91x for drama.
    "IE": re.compile(r"\+3532091\d{5}"),
    # Bundesnetzagentur, "Rufnummern für Drehbücher": Berlin, Frankfurt, Hamburg, Cologne, Munich.
    "DE": re.compile(r"\+49(?:3023125|6990009|4066969|2214710|8999998)\d{3}"),
}


def is_reserved_domain(domain: str) -> bool:
    """Return whether nobody can own *domain* or the domain it lies in."""
    labels = domain.lower().rstrip(".").split(".")
    return len(labels) > 1 and (labels[-1] in _TOP_LEVELS or ".".join(labels[-2:]) in _DOMAINS)


def reserved_phone_region(e164: str) -> str | None:
    """Return the country that reserves *e164* for fiction, None for any other number.

    The North American numbers are said to be US whatever their area code.
    """
    return next((region for region, pattern in _PHONES.items() if pattern.fullmatch(e164)), None)
