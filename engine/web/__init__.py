"""The web edge: console, health, metrics, the lead's pages."""
