"""What becomes of what was said: subjects, answers with a date, statuses, private links."""
