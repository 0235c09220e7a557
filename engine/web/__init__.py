"""The web edge: the console, the lead's own pages, health and metrics; all of it server-rendered."""
