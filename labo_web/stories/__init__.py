"""Reportages bound to consents, and the shared narrative."""
