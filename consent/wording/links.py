"""Where a message leads: no hidden ends, and to the seller's own pages."""

from consent.facts import Rendered
from consent.wording.lexicon import lexicon
from consent.wording.view import Finding, is_own, is_within, links_of


def no_shortener(rendered: Rendered) -> Finding:
    """Find a link of a public shortener."""
    for link in links_of(rendered.content):
        if any(is_within(link.host, shortener) for shortener in lexicon().shorteners):
            return (
                f"The link to {link.host} hides where it leads, and carriers filter such links: write your own address."
            )
    return None


def own_links(rendered: Rendered) -> Finding:
    """Find a link to somebody else's domain."""
    for link in links_of(rendered.content):
        if not is_own(link, rendered):
            own = ", ".join(sorted(rendered.domains)) or "none is known"
            return (
                f"The link leads to {link.host}, which is none of your domains ({own}): "
                "link to a page of yours, or add the domain to `domains` in brand.yaml."
            )
    return None
