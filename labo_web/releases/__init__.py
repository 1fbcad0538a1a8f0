"""Imported releases: zones, values, and the gate of publication."""
