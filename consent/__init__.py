"""May this lead be contacted, here, now, this way, and why (not)."""
