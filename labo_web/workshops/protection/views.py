"""Pages and files of the documents for the data-protection officer: everyone may read them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from labo_web.documents.answer import file_of
from labo_web.documents.blocks import MAKERS
from labo_web.workshops.protection.documents import DOCUMENTS, DRAFT, blocks_of, fragment_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list of documents."""
    context = {"documents": DOCUMENTS, "draft": DRAFT}
    return render(request, "workshops/protection/index.html", context)


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """A document to be read."""
    text = fragment_of(name)
    context = {
        "name": name,
        "document": DOCUMENTS[name],
        "draft": DRAFT,
        # Of our own template, which escaped what it was given.
        "text": SafeString(text),  # nosec B703
    }
    return render(request, "workshops/protection/document.html", context)


@require_safe
def file(request: HttpRequest, name: str, kind: str) -> HttpResponse:  # noqa: ARG001 (a view)
    """A document to be completed."""
    fragment_of(name)
    return file_of(MAKERS[kind](blocks_of(name)), name, kind)
