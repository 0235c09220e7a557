"""What DNS and a mail server say about our own sending, asked on loopback."""

import ssl
from collections.abc import Iterator

import dns.resolver
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.accounts import Security, SmtpServer
from channels.errors import Misconfigured
from channels.reachability import check_dkim, check_dmarc, check_spf, is_aligned, public_half, try_login
from channels.standin.standin import StandIn
from tests.nameserver import running_nameserver
from tests.servers import free_port

KEY = (
    Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
ZONE = {
    ("good.example.", "TXT"): ['"google-site-verification=x"', '"v=spf1 include:sendgrid.net ~all"'],
    ("other.example.", "TXT"): ['"v=spf1 include:_spf.mail.example -all"'],
    ("twice.example.", "TXT"): ['"v=spf1 ~all"', '"v=spf1 -all"'],
    ("bare.example.", "TXT"): ['"nothing to see"'],
    ("s1._domainkey.good.example.", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB" "IjAN"'],
    ("ours._domainkey.good.example.", "TXT"): [f'"v=DKIM1; k=ed25519; p={public_half(KEY)}"'],
    ("old._domainkey.good.example.", "TXT"): ['"v=DKIM1; p="'],
    ("_dmarc.good.example.", "TXT"): ['"v=DMARC1; p=quarantine; adkim=s"'],
    ("_dmarc.bare.example.", "TXT"): ['"something else"'],
}


@pytest.fixture(scope="module")
def resolver() -> Iterator[dns.resolver.Resolver]:
    """Return a resolver that knows ZONE."""
    with running_nameserver(ZONE) as resolver:
        yield resolver


@pytest.mark.parametrize(
    ("domain", "is_well"),
    [
        ("good.example", True), ("other.example", True), ("twice.example", False), ("bare.example", False),
        ("nowhere.example", False), ("broken.example", None),
    ],
)  # fmt: skip
def test_spf(*, domain: str, is_well: bool | None, resolver: dns.resolver.Resolver) -> None:
    said = check_spf(domain, resolver, includes="sendgrid.net")

    assert said.is_well is is_well
    assert bool(said.remedy) is (is_well is False)


@pytest.mark.parametrize(
    ("domain", "selectors", "is_well"),
    [
        ("good.example", ("s2", "s1"), True), ("good.example", ("old",), False), ("good.example", ("s9",), False),
        ("broken.example", ("broken",), None),
    ],
)  # fmt: skip
def test_dkim(
    *, domain: str, selectors: tuple[str, ...], is_well: bool | None, resolver: dns.resolver.Resolver
) -> None:
    name = domain if domain != "broken.example" else "example"
    selectors = selectors if selectors != ("broken",) else ("broken.x",)

    assert check_dkim(name, selectors, resolver).is_well is is_well


def test_dkim_of_a_key_of_ours_must_be_the_other_half(resolver: dns.resolver.Resolver) -> None:
    assert check_dkim("good.example", ("ours",), resolver, private_key=KEY).is_well is True

    said = check_dkim("good.example", ("s1",), resolver, private_key=KEY)

    assert said.is_well is False
    assert public_half(KEY) in said.remedy
    assert "PRIVATE" not in said.remedy


def test_a_file_that_holds_no_key_is_told() -> None:
    with pytest.raises(Misconfigured, match="FIFTHTOUCH_DKIM_KEY_FILE"):
        public_half("no key")


@pytest.mark.parametrize(
    ("domain", "is_well"),
    [("good.example", True), ("mail.good.example", True), ("bare.example", False), ("nowhere.example", False)],
)
def test_dmarc(*, domain: str, is_well: bool, resolver: dns.resolver.Resolver) -> None:
    assert check_dmarc(domain, resolver).is_well is is_well


@pytest.mark.parametrize(
    ("signing", "sending", "aligned"),
    [
        ("seller.io", "seller.io", True), ("mail.seller.io", "seller.io", True), ("Seller.io", "news.seller.io", True),
        ("other.io", "seller.io", False), ("nseller.io", "seller.io", False),
    ],
)  # fmt: skip
def test_alignment(*, signing: str, sending: str, aligned: bool) -> None:
    assert is_aligned(signing, sending) is aligned


def test_a_mail_server_takes_our_login_or_refuses_it() -> None:
    with StandIn(smtp_login=("ann", "right")) as standin:
        port = int(standin.smtp_url.rpartition(":")[2])

        def said(password: str) -> bool | None:
            server = SmtpServer(host="127.0.0.1", port=port, security=Security.NONE, user="ann", password=password)
            return try_login(server).is_well

        assert (said("right"), said("wrong")) == (True, False)


def test_a_mail_server_that_is_away_or_speaks_no_tls_is_told() -> None:
    away = SmtpServer(host="127.0.0.1", port=free_port(), security=Security.STARTTLS)

    assert try_login(away, ssl.create_default_context()).is_well is False
    with StandIn() as standin:
        port = int(standin.smtp_url.rpartition(":")[2])
        said = try_login(SmtpServer(host="127.0.0.1", port=port, security=Security.STARTTLS))
    assert said.is_well is False
