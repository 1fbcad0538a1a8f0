"""The pages that people read, and the public API."""
