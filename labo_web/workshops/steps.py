"""What whoever runs a meeting does next: the first thing that is not done, so that no page ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from labo_web.workshops.formats import format_of
from labo_web.workshops.models import Contribution, Event, Question
from labo_web.workshops.presence import present_at


@dataclass(frozen=True)
class Step:
    """Something to do, and where."""

    name: str
    label: str
    address: str


def next_of(event: Event, here: str = "") -> Step | None:
    """Return the first thing that is not done, but what is done `here`; None once all is."""
    if event.state == Event.State.CANCELLED:
        return None
    steps = _after(event) if event.past else _before(event)
    return next((step for step in steps if step.name != here), None)


def _before(event: Event) -> Iterator[Step]:
    if not event.questions.exists():
        yield Step(
            "questions", "préparer les questions", reverse("event_questions", args=[event.pk])
        )
    if event.state == Event.State.DRAFT:
        yield Step("edit", "l’annoncer dans l’agenda", reverse("edit_event", args=[event.pk]))
    if event.starts_at <= timezone.now():
        yield Step("console", "animer la salle", reverse("console", args=[event.pk]))
    if event.zone:
        kit = reverse("kit", args=[event.territory.code, event.zone])
        yield Step("kit", "imprimer le kit", f"{kit}?rencontre={event.pk}")
    yield Step("registrations", "voir qui vient", reverse("registrations", args=[event.pk]))
    yield Step("console", "le jour même, animer la salle", reverse("console", args=[event.pk]))


def _after(event: Event) -> Iterator[Step]:
    record, session = reverse("record", args=[event.pk]), format_of(event) is not None
    if present_at(event) is None:
        yield Step("count", "compter les personnes présentes", f"{record}#presences")
    if session and not hasattr(event, "fresque"):
        yield Step("sheet", "remplir la fiche de séance", f"{record}#fiche")
    said = event.contributions.filter(erased_at=None)
    waiting = said.filter(state=Contribution.State.RECEIVED).count()
    if waiting:
        label = f"relire {waiting} paroles reçues" if waiting > 1 else "relire la parole reçue"
        page = "session_sheet" if session else "console"
        yield Step("read", label, reverse(page, args=[event.pk]) + ("" if session else "#recues"))
    came = said.exists()
    if not came and event.questions.filter(kind=Question.Kind.SAY).exists():
        yield Step("type", "saisir ce qui est venu", reverse("type_sheet", args=[event.pk]))
    if not event.hours.exists():
        yield Step("hours", "noter le temps demandé, s’il y en a", f"{record}#temps")
    if came:
        answer = reverse("to_group", args=[event.territory.code])
        yield Step("answer", "répondre à ce qu’on entend", answer)
