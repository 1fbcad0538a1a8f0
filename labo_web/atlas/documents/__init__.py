"""Documents that are taken away: said once as plain content, then set as PDF, DOCX or tables."""
