"""What a channel is, and one adapter per provider."""
