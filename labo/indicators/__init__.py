"""The declared indicators, a module per component."""
