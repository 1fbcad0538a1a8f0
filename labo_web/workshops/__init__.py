"""Events, contributions, and what became of them."""
