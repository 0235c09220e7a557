"""Look up a header whatever its case: web frameworks and tests spell them differently."""

from collections.abc import Mapping


def header(headers: Mapping[str, str], name: str) -> str:
    """Return the trimmed value of *name* in *headers*, empty where it is absent."""
    wanted = name.lower()
    return next((str(value).strip() for key, value in headers.items() if str(key).lower() == wanted), "")
