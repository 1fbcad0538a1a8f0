"""A programme of two territories, a meeting of theirs, and what one of them learned."""

import datetime as dt
from typing import Any

from django.utils import timezone

from labo_web.accounts.models import Organisation, Territory
from labo_web.programme.models import Brought, Lesson, Meeting, Membership, Programme, Slot
from labo_web.releases.models import Release
from labo_web.workshops.models import Event
from tests.web.conftest import first_qpv

HERE = "/rencontres-inter-regionales/"
CODES = ("999000001", "999000002")


def a_programme(**fields: Any) -> Programme:
    """A programme of the first two territories, or the one that was made before."""
    made, new = Programme.objects.get_or_create(
        code="cohorte",
        defaults={
            "title": "Cohorte d’essai", "purpose": "Essayer", "starts_on": dt.date(2026, 1, 5),
            "ends_on": dt.date(2027, 12, 31), **fields,
        },
    )  # fmt: skip
    if new:
        for territory in Territory.objects.filter(code__in=CODES):
            Membership.objects.create(
                programme=made, territory=territory, joined_on=dt.date(2026, 1, 5)
            )
    return made


def a_meeting(host: Territory, **fields: Any) -> Meeting:
    """An announced meeting of yesterday, from nine to noon, with two slots."""
    start = (timezone.localtime() - dt.timedelta(days=1)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    given: dict[str, Any] = {
        "kind": Event.Kind.GATHERING, "state": "announced", "title": "Rencontre d’essai",
        "starts_at": start, "ends_at": start + dt.timedelta(hours=3), "place": "Salle",
        "level": "build", "negotiable": "La suite",
    } | fields  # fmt: skip
    event = Event.objects.create(territory=host, **given)
    meeting = Meeting.objects.create(programme=a_programme(), event=event)
    Slot.objects.create(meeting=meeting, position=1, title="Accueil", minutes=30)
    Slot.objects.create(meeting=meeting, position=2, title="Échanges", minutes=120)
    return meeting


def bring(meeting: Meeting, release: Release, **fields: Any) -> Brought:
    """What a territory brings, with a figure of its release."""
    given: dict[str, Any] = {
        "version": 1, "release": release, "zone": first_qpv(release),
        "indicator": "poverty_share", "finding": "Cela nous a surpris.", "doubt": "Deux rues.",
        "solution": "Planter devant l’école.", "story_title": "La clé", "story": "Une clé.",
    } | fields  # fmt: skip
    return Brought.objects.create(meeting=meeting, territory=release.territory, **given)


def a_lesson(territory: Territory, **fields: Any) -> Lesson:
    """Something that did not work, not opened yet."""
    body, _ = Organisation.objects.get_or_create(
        name="Centre de ressources", defaults={"kind": Organisation.Kind.RESOURCE_CENTRE}
    )
    given: dict[str, Any] = {
        "topic": "data", "verdict": "failed", "title": "Trois courriers sans réponse",
        "text": "Rien n’est venu.", "evidence": "Dates des courriers.", "organisation": body,
    } | fields  # fmt: skip
    return Lesson.objects.create(programme=a_programme(), territory=territory, **given)
