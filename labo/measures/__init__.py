"""Measures that are declared, a module per family; each is imported by the catalogue."""
