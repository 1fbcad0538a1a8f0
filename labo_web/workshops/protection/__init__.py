"""Documents for the data-protection officer: drafts, made from settings and from code."""
