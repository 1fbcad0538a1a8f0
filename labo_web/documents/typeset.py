"""Sets content as PDF, checked against PDF/UA-1 while it is made; drawings as PNG.

Texts reach the typesetter as data and never as markup. Fonts are those of the website and, for
letters they lack, those that matplotlib brings: never the machine's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst
from django.conf import settings

from labo_web.documents.drawings import Drawing

HERE = Path(__file__).resolve().parents[1] / "templates" / "documents"


def pdf_of(
    content: Any, template: str, day: dt.date, sizes: Sequence[float], most_pages: int
) -> bytes:
    """Return a document as PDF/UA-1, on as many pages as it should have.

    The text is set as large as these pages allow.

    Args:
        content: a dataclass, whose fields are `data` in the template.
        template: a file of templates/documents, which begins with the house style.
        day: the date of the document, the same in all its copies.
        sizes: of the text, in points, from what reads best to what long names may need.
        most_pages: beyond which a smaller size is tried; the last one is kept as it comes.
    """
    given = {"data": json.dumps(asdict(content), ensure_ascii=False, default=str)}
    compiler = typst.Compiler(HERE / template, root=HERE, font_paths=_fonts())
    for size in sizes:
        made = compiler.compile(
            format="pdf",
            sys_inputs=given | {"size": str(size)},
            pdf_standards=["ua-1"],
            timestamp=noon(day),
        )
        # Of the compilation just done, which it remembers.
        if int(json.loads(compiler.query("<pages>", field="value", one=True))) <= most_pages:
            break
    return bytes(made)  # type: ignore[arg-type]


def png_of(drawing: Drawing) -> bytes:
    """Return a drawing as PNG, for what cannot hold SVG."""
    source = (
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: 12cm)'
    )
    compiler = typst.Compiler(source, font_paths=_fonts())
    made = compiler.compile(format="png", ppi=200, sys_inputs={"svg": drawing.svg})
    return bytes(made)  # type: ignore[arg-type]


def noon(day: dt.date) -> dt.datetime:
    """Return a day at noon UTC: the same day everywhere in metropolitan France."""
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


@cache
def _fonts() -> typst.Fonts:
    own = Path(settings.STATICFILES_DIRS[0]) / "vendor"
    lent = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[own, lent]
    )
