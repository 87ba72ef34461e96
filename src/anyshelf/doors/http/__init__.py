"""How programs come in: the HTTP API, its feed of events, and how the server itself is."""
