"""Tests of what comes in: quotes, automatic replies, bounces."""
