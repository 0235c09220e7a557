"""Read what a lead's reply means, by rules that a person can read too: see `rules/*.yaml`."""

from consent.replies.judge import classify
from consent.replies.reading import Label, Reading, to_json

__all__ = ["Label", "Reading", "classify", "to_json"]
