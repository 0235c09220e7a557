"""Read what comes in: replies without their quotes, automatic replies, bounces."""
