"""Every test of the store runs on real databases."""

from tests.databases import clock, database, migrated_template, migrated_url

__all__ = ["clock", "database", "migrated_template", "migrated_url"]
