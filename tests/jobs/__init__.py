"""Tests of the bell, the heartbeat and the journal."""
