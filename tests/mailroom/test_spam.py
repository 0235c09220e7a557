"""SpamAssassin, asked without the network, finds little to object to in any email that ships."""

import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.accounts import DkimKey
from channels.address import Channel
from channels.dkim import Signer
from channels.message import AttemptId, MessageId, Outbound
from channels.mime import write_mail
from tests.mailroom.judges import ask_spamassassin
from tests.mailroom.shipped import Shipped, shipped

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SCORE_MAX = 2.0
# What the servers on the way write; an address for documentation would be one more reason for suspicion.
RECEIVED = (
    "Received: from o1.mail.example.com (o1.mail.example.com [8.20.30.40])\n\tby mx.example.net with ESMTPS id 2;"
    "\n\tMon, 02 Mar 2026 15:00:02 +0000\n"
    "Received: from app.example.com (app.example.com [8.20.30.50])\n\tby o1.mail.example.com with ESMTPSA id 1;"
    "\n\tMon, 02 Mar 2026 15:00:01 +0000\n"
)
HARMLESS = {
    "DKIM_SIGNED": "it is signed",
    "DKIM_INVALID": "the key of a test stands in no DNS",
    "HTML_MESSAGE": "it has an HTML part, and a text part that says the same",
    "LOTS_OF_MONEY": "it names a price above 1,000 dollars, which a lead asked for",
}
"""Rules that fire, with no weight worth the name, and why they may."""


def wire_form(one: Shipped, number: int, signer: Signer) -> str:
    """Return the mail as its reader's server gets it, as an entry of a mailbox file."""
    owner = one.compiled.brand.owners[0]
    content = one.email()
    outbound = Outbound(
        id=MessageId(f"01a202d4-cabf-77be-9aba-{number:012d}"),
        attempt_id=AttemptId("1"),
        channel=Channel.EMAIL,
        to="dana@example.net",
        to_name="Dana Okafor",
        sender=owner.email or "",
        sender_name=f"{owner.name} at {one.compiled.brand.name}",
        content=content,
    )
    mail = signer.sign(write_mail(outbound, AT).data, AT).decode().replace("\r\n", "\n")
    entry = re.sub(r"^(>*From )", r">\1", RECEIVED + mail, flags=re.MULTILINE)
    return f"From sender Mon Mar  2 15:00:00 2026\n{entry}\n\n"


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, float]]:
    """Return, for each mail that ships, the rules that fired with their scores."""
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = Signer(DkimKey(domain="example.com", selector="s1", private_key=pem.decode()))
    mails = list(shipped(Channel.EMAIL, "typical"))
    told = ask_spamassassin("".join(wire_form(one, number, signer) for number, one in enumerate(mails)))
    lines = re.findall(r"^X-Spam-Status: (.*(?:\n\s.*)*)", told, flags=re.MULTILINE)
    return {
        one.name: {rule: float(score) for rule, score in re.findall(r"([A-Z][A-Z0-9_]+)=(-?[\d.]+)", line)}
        for one, line in zip(mails, lines, strict=True)
    }


def test_no_mail_that_ships_looks_like_spam(verdicts: dict[str, dict[str, float]]) -> None:
    assert len(verdicts) > 80
    assert {name: rules for name, rules in verdicts.items() if sum(rules.values()) >= SCORE_MAX} == {}


def test_each_rule_that_fires_is_known(verdicts: dict[str, dict[str, float]]) -> None:
    fired = {rule: name for name, rules in verdicts.items() for rule in rules}

    assert {rule: name for rule, name in fired.items() if rule not in HARMLESS} == {}
