"""Commands, a module each."""
