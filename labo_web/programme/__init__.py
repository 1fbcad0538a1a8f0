"""The programme: cohort of territories, data project, meeting."""
