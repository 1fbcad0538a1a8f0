"""The annex « Engagements Quartiers 2030 » as DOCX, from the template of the territory or ours."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from typing import Any

from docxtpl import DocxTemplate, Listing

from labo_web.documents.archive import settled
from labo_web.documents.texts import clean
from labo_web.roadmaps.content import Content
from labo_web.roadmaps.exports import template
from labo_web.roadmaps.exports.said import fields_of
from labo_web.roadmaps.models import Roadmap


@cache
def _ours() -> bytes:
    return template.proposed()


def template_of(roadmap: Roadmap) -> bytes:
    """Return the template that serves: the newest one that the territory gave, else ours."""
    given = roadmap.templates.first()
    return bytes(given.content) if given else _ours()


def annex_of(content: Content, source: bytes) -> bytes:
    """Return the annex: the same content and template give the same bytes."""
    page = DocxTemplate(io.BytesIO(source))
    page.render(_readable(fields_of(content)), jinja_env=template.environment())
    about = page.docx.core_properties
    about.author, about.language = "Labo Quartiers en Transitions", "fr-FR"
    about.title = f"{content.title}, annexe"[:255]
    out = io.BytesIO()
    page.save(out)
    return settled(out.getvalue(), dt.date.fromisoformat(content.on))


def _readable(value: Any) -> Any:
    """Return fields whose texts are characters to read; lines stay lines."""
    if isinstance(value, dict):
        return {key: _readable(x) for key, x in value.items()}
    if isinstance(value, list):
        return [_readable(x) for x in value]
    if isinstance(value, str):
        lines = [clean(line) for line in value.splitlines()]
        return Listing("\n".join(lines)) if len(lines) > 1 else "".join(lines)
    return value
