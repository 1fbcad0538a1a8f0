"""Commands of workshops."""
