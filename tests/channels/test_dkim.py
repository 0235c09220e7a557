"""Our signatures verify with an independent library, and no longer once anything they cover has changed."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from channels.accounts import DkimKey
from channels.dkim import SIGNED, Signer
from channels.errors import Misconfigured
from tests.databases import START

Private = rsa.RSAPrivateKey | Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Private, encryption: KeySerializationEncryption | None = None) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


@cache
def rsa_pem(bits: int = 2048) -> str:
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=bits))


@cache
def key_of(algorithm: str) -> str:
    return rsa_pem() if algorithm == "rsa" else pem(Ed25519PrivateKey.generate())


@cache
def signer(algorithm: str = "rsa", **changes: str) -> Signer:
    fields = {"domain": "seller.example", "selector": "s1", "private_key": key_of(algorithm), **changes}
    return Signer(DkimKey(**fields))


def verifies(by: Signer, mail: bytes) -> bool:
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> str:
        asked.append(name.rstrip(b"."))
        return by.record

    verified: bool = dkim.verify(mail, dnsfunc=dns)
    assert asked in ([], [by.record_name.encode()])
    return verified


FIELDS = (
    b"From: Seller <hello@seller.example>\r\nTo: ann@example.com\r\nSubject: Your  question,\r\n\tand an answer \r\n"
    b"Date: Mon, 02 Mar 2026 15:00:00 +0000\r\nMessage-ID: <1@seller.example>\r\n"
    b"List-Unsubscribe: <https://seller.example/u/abc>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
MAIL = FIELDS + b"\r\nAn answer.\r\n"

ALGORITHMS = pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])


@ALGORITHMS
def test_a_signed_mail_verifies(algorithm: str) -> None:
    by = signer(algorithm)

    signed = by.sign(MAIL, START)

    assert signed.endswith(MAIL)
    assert verifies(by, signed)


field_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
folded_text = st.lists(field_text, min_size=1, max_size=3).map("\r\n\t x".join)
body_lines = st.lists(st.text(st.sampled_from("a .=\t-é\0"), max_size=12), max_size=8)


@given(subject=folded_text, own=folded_text, lines=body_lines, end=st.sampled_from(["", "\r\n", "\r\n \r\n"]))
def test_any_mail_verifies_once_signed(subject: str, own: str, lines: list[str], end: str) -> None:
    by = signer()
    mail = FIELDS + f"Reply-To:{own}\r\nX-Own: {own}\r\nreferences: {subject}\r\n\r\n".encode()
    mail += "".join(f"{line}\r\n" for line in lines).encode() + end.encode()

    assert verifies(by, by.sign(mail, START))


@given(st.integers(min_value=0, max_value=len(MAIL) - 1), st.integers(min_value=33, max_value=126))
def test_nothing_signed_can_be_changed(place: int, letter: int) -> None:
    """Every letter of this mail is signed but spaces, line ends, and the case of names."""
    by = signer()
    was = MAIL[place]
    changed = MAIL[:place] + bytes([letter]) + MAIL[place + 1 :]
    if was <= 32 or chr(was).lower() == chr(letter).lower():
        return

    signed = by.sign(MAIL, START)

    with_change = signed.removesuffix(MAIL) + changed
    assert not verifies_or_breaks(by, with_change)


def verifies_or_breaks(by: Signer, mail: bytes) -> bool:
    try:
        return verifies(by, mail)
    except dkim.DKIMException:
        return False


@pytest.mark.parametrize("name", SIGNED)
def test_no_field_that_readers_see_can_be_added(name: str) -> None:
    by = signer()

    signed = by.sign(MAIL, START)

    assert not verifies_or_breaks(by, f"{name}: mallory@elsewhere.example\r\n".encode() + signed)


@pytest.mark.parametrize("name", ["From", "List-Unsubscribe", "List-Unsubscribe-Post", "Subject", "Message-ID"])
def test_what_matters_is_named_in_the_signature_once_more_than_it_stands(name: str) -> None:
    signature = signer().sign(MAIL, START).removesuffix(MAIL).decode()

    named = signature.replace("\r\n ", "").split("h=")[1].split(";")[0].split(":")
    assert named.count(name.lower()) == 2


def test_hosts_on_the_way_may_fold_anew_and_trim_spaces() -> None:
    by = signer()

    changed = (
        by.sign(MAIL, START).replace(b"question,\r\n\tand", b"question, and").replace(b"answer.\r\n", b"answer. \r\n")
    )

    assert verifies(by, b"Received: by mx.example.net\r\n" + changed)


def test_lines_of_the_signature_are_short() -> None:
    signature = signer().sign(MAIL, START).removesuffix(MAIL)

    assert max(len(line) for line in signature.split(b"\r\n")) <= 78


def test_the_signature_says_when() -> None:
    assert b" t=1772463600;" in signer().sign(MAIL, datetime(2026, 3, 2, 15, 0, tzinfo=UTC))


@ALGORITHMS
def test_the_record_for_dns_is_named_and_holds_the_public_half(algorithm: str) -> None:
    by = signer(algorithm, domain="Müller.de", selector="S1")

    assert by.record_name == "s1._domainkey.xn--mller-kva.de"
    assert by.record.startswith(f"v=DKIM1; k={algorithm}; p=")
    assert base64.b64decode(by.record.partition("p=")[2], validate=True)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"domain": "not a domain"}, "FIFTHTOUCH_DKIM_DOMAIN"),
        ({"domain": ""}, "FIFTHTOUCH_DKIM_DOMAIN"),
        ({"selector": "a; b=x"}, "FIFTHTOUCH_DKIM_SELECTOR"),
        ({"selector": ""}, "FIFTHTOUCH_DKIM_SELECTOR"),
        ({"private_key": "no key"}, "FIFTHTOUCH_DKIM_KEY_FILE"),
        ({"private_key": ""}, "FIFTHTOUCH_DKIM_KEY_FILE"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(changes: dict[str, str], setting: str) -> None:
    with pytest.raises(Misconfigured, match=setting):
        signer(**changes)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (lambda: rsa_pem(1024), "2048 to 4096 bits, not 1024"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "only RSA and Ed25519"),
        (lambda: pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")), "locked with a password"),
    ],
    ids=["short", "other kind", "locked"],
)
def test_a_key_that_cannot_sign_is_refused_and_not_shown(key: Callable[[], str], said: str) -> None:
    text = key()

    with pytest.raises(Misconfigured, match=said) as caught:
        signer(private_key=text)

    assert text.splitlines()[1] not in str(caught.value)
