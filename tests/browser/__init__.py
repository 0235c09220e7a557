"""The console and the leads' pages in a real browser."""
