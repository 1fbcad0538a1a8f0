"""Pages are set as print is: what a release or the engine types straight curls when it is read.

A release never changes, so that older ones keep the apostrophes they were written with.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

# Between two letters, as a template leaves it or as Django escapes it.
STRAIGHT = re.compile(r"(?<=[^\W\d_])(?:'|&#x27;|&#39;)(?=[^\W_]|«)")
# Where French has a space and no end of line: before : ; ? ! » and %, and after «.
BREAKS = re.compile(r" (?=[:;?!»%])|(?<=«) ")
# What is not text to read: tags with their attributes, and what a form or a program is given.
KEPT = re.compile(
    r"(<(script|style|textarea|code|pre)\b.*?</\2>|<[^>]*>)", re.DOTALL | re.IGNORECASE
)


def curled(html: str) -> str:
    """Return a page whose apostrophes curl in its texts, and nowhere else."""
    return _in_texts(html, STRAIGHT, "’")


def unbroken(html: str) -> str:
    """Return a page in whose texts no line begins with a colon nor ends with an opening quote."""
    return _in_texts(html, BREAKS, "\u00a0")


def _in_texts(html: str, found: re.Pattern[str], put: str) -> str:
    made, last = [], 0
    for kept in KEPT.finditer(html):
        made.append(found.sub(put, html[last : kept.start()]))
        made.append(kept.group())
        last = kept.end()
    made.append(found.sub(put, html[last:]))
    return "".join(made)


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page that the engine's sentences fill, which are typed with plain spaces."""
    made = render(request, template, context, status=status)
    made.content = unbroken(made.content.decode()).encode()
    return made


def set_in_french(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Curl the apostrophes of every page."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        html = response.get("Content-Type", "").startswith("text/html")
        if html and not response.streaming and not response.has_header("Content-Encoding"):
            text = response.content.decode(response.charset)  # type: ignore[attr-defined]
            response.content = curled(text).encode(response.charset)  # type: ignore[attr-defined]
        return response

    return answer
