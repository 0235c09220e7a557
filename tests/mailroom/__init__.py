"""Every email, text and layout that ships, judged from outside: by clients, spam filters, browsers and counters."""
