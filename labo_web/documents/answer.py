"""A document as an answer: its type, its name, and nobody keeps it for another."""

from django.http import HttpResponse

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def file_of(content: bytes, name: str, kind: str) -> HttpResponse:
    """Return a PDF or a DOCX to be saved under a name."""
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
