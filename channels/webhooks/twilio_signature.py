"""Is a callback really Twilio's: its HMAC over the public URL and the form, checked before anything is believed."""

import hmac
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.webhooks.form import Form, read_form
from channels.webhooks.headers import header

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"

_NOTHING = Form({})


def verify(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    auth_tokens: Sequence[str],
    *,
    shared_keys: Sequence[str] = (),
) -> bool:
    """Return whether Twilio signed this request with one of *auth_tokens*; never raises.

    *url* is the public one that Twilio called, with its query, not what a proxy made of it. Several tokens are valid
    while one replaces another. *shared_keys* are those of the HMAC-SHA256 mode, which a request names in a header; an
    auth token is never tried in it, nor a shared key without it. A GET has an empty *body*.
    """
    signature = header(headers, SIGNATURE_HEADER)
    algorithm = _algorithm(header(headers, SETTINGS_HEADER))
    secrets = auth_tokens if algorithm == "HMAC_SHA1" else shared_keys if algorithm == "HMAC_SHA256" else ()
    try:
        form = _signed_form(url, header(headers, "Content-Type"), body)
        expected = [_sign(secret, one, form, algorithm) for secret in secrets if secret for one in _spellings(url)]
    except ValueError:
        return False
    given = signature.encode("utf-8", "replace")
    found = False
    for one in expected:  # all are compared, so that the time tells nothing
        found |= hmac.compare_digest(one, given)
    return found


def _signed_form(url: str, content_type: str, body: bytes) -> Form:
    """Return the fields that the signature covers; raises ValueError where it cannot cover the body.

    A body that is no form is covered by its hash, which stands in the signed URL.
    """
    told = parse_qs(urlsplit(url).query).get("bodySHA256")
    if told:
        if not hmac.compare_digest(sha256(body).hexdigest().encode(), told[0].lower().encode("utf-8", "replace")):
            raise ValueError("The body is not the one whose hash was signed.")
        return _NOTHING
    is_form = content_type.lower().partition(";")[0].strip() in {"", "application/x-www-form-urlencoded"}
    if body and not is_form:
        raise ValueError("The signature does not cover this body.")
    return read_form(body)


def _spellings(url: str) -> Sequence[str]:
    """Return *url* with and without its port: Twilio has signed either."""
    parts = urlsplit(url)
    validator = _validator()
    return (validator.remove_port(parts), validator.add_port(parts))


def _sign(secret: str, url: str, form: Form, algorithm: str) -> bytes:
    signature: Any = _validator().RequestValidator(secret).compute_signature(url, form, algorithm)
    return str(signature).encode("ascii")


def _algorithm(settings: str) -> str:
    named = (part.partition("=") for part in settings.split(","))
    return next((value.strip().upper() for name, _, value in named if name.strip() == "algorithm"), "HMAC_SHA1")


@cache
def _validator() -> Any:
    """Return the official library's validator; it takes a quarter of a second to import."""
    from twilio import request_validator

    return request_validator
