"""Tests of the web edge, mirroring engine/web."""
