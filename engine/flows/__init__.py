"""The imperative shell: read facts, ask the domain and the gate, write what they decided. Each flow takes a batch."""
