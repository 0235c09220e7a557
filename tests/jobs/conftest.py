"""The fixtures of the flows serve here, too."""

from tests.flows.conftest import clock, kit, kit_url, provider, published_template, story

__all__ = ["clock", "kit", "kit_url", "provider", "published_template", "story"]
