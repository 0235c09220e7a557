"""The marketer's room: messages, sequences, layouts and the brand. Content only, no code."""
