"""Labo Quartiers en Transitions: the engine, a library and a command line."""
