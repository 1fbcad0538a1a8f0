"""What answers when the report or the drafts of a gathering are asked for."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.documents.answer import file_of
from labo_web.documents.blocks import MAKERS
from labo_web.workshops.access import get_event_to_run
from labo_web.workshops.day import report as made


@never_cache
@require_safe
def report(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The report of a gathering."""
    event = get_event_to_run(request, pk)
    return file_of(MAKERS[kind](made.report(request, event)), f"compte-rendu-{event.pk}", kind)


@never_cache
@require_safe
def actions(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Drafts of action sheets."""
    event = get_event_to_run(request, pk)
    return file_of(MAKERS[kind](made.actions(event)), f"fiches-action-{event.pk}", kind)
