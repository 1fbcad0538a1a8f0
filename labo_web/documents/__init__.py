"""How documents are made, whatever they say: texts, drawings, PDF, DOCX, spreadsheets."""
