"""The application: domain, store, content, flows, and the edges that drive them."""
