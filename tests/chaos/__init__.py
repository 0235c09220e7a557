"""Chaos for real: production mode whose parts and servers are killed at random, judged by the provider's own account."""
