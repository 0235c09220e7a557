"""Tests of the gate, the rulebook, the ledger and the replies."""
