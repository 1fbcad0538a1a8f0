"""What answers when a draft to complete is asked for."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from labo_web.roadmaps import checks, following
from labo_web.roadmaps.access import get_roadmap_for
from labo_web.roadmaps.amounts import figure
from labo_web.roadmaps.content import content_of
from labo_web.roadmaps.exports import drafts
from labo_web.roadmaps.exports.views import file_of
from labo_web.roadmaps.following_views import YEARS, latest_explanations
from labo_web.roadmaps.models import Decision
from labo_web.roadmaps.progress import Course


@require_safe
def rider(request: HttpRequest, territory: str) -> HttpResponse:
    """The draft of a rider and its deliberation, since the last frozen version."""
    roadmap = get_roadmap_for(request, territory)
    last = roadmap.frozen.first()
    of = f"{last}, {last.held_on:%d/%m/%Y}" if last else "le début, aucune version n’étant figée"
    made = drafts.rider_of(content_of(roadmap), last.content if last else None, of)
    return file_of(made, "projet-avenant", "docx", roadmap)


@require_safe
def report(request: HttpRequest, territory: str, year: int) -> HttpResponse:
    """The draft of the council's annual report."""
    roadmap = get_roadmap_for(request, territory)
    if year not in YEARS:
        raise Http404("Le contrat de ville va de 2024 à 2030.")
    why = latest_explanations(roadmap, year)
    explained = []
    for c in following.courses_of(roadmap, request):
        then = Course(c.tracked, tuple(p for p in c.points if p.on.year <= year))
        unit = c.tracked.unit
        said = why[c.tracked.pk].text if c.tracked.pk in why else "pas d’explication écrite"
        explained.append(
            f"{c.tracked.label} ({c.tracked.action}). Cible : {figure(c.target(year), unit)}. "
            f"Valeur : {then.last.text if then.last else 'pas de relevé'}. "
            f"{then.way_said(year).capitalize()}. {said}"
        )
    decisions = Decision.objects.filter(action__roadmap=roadmap, decided_on__year=year)
    decided = [
        f"{d.decided_on:%d/%m/%Y}, {d.get_body_display()}, {d.action} : {d.said}. {d.reason}"
        for d in decisions.select_related("action")
    ]
    made = drafts.report_of(content_of(roadmap), year, explained, decided)
    return file_of(made, f"rapport-annuel-{year}", "docx", roadmap)


@require_safe
def handover(request: HttpRequest, territory: str) -> HttpResponse:
    """The note for whoever takes over."""
    roadmap = get_roadmap_for(request, territory)
    found = following.of(roadmap, timezone.localdate(), request)
    urgent = list(roadmap.priorities.filter(withdrawn_on=None))
    problems = [
        f"{p.action or p.check} : {p.problem} {p.repair}"
        for p in checks.of_roadmap(list(roadmap.actions.whole()), urgent)
    ]
    made = drafts.handover_of(content_of(roadmap), found, problems)
    return file_of(made, "passation", "docx", roadmap)
