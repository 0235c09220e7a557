"""The whole system in virtual time, under a seeded scheduler and faults at every edge. See docs/how-to/simulate-faults.md."""
