"""Events for tests: one that is announced and whose room is open, with questions of each kind."""

import datetime as dt
from io import BytesIO
from typing import Any

import numpy as np
from django.utils import timezone
from PIL import Image

from labo_web.accounts.models import Territory
from labo_web.workshops import media
from labo_web.workshops.models import Choice, Contribution, Event, Medium, Question


def an_event(territory: Territory, **fields: Any) -> Event:
    """An announced event of tomorrow, whose room is open."""
    start = timezone.now() + dt.timedelta(days=1)
    given: dict[str, Any] = {
        "title": "Marche de l’été", "kind": "walk", "state": "announced", "starts_at": start,
        "ends_at": start + dt.timedelta(hours=2), "place": "Maison de quartier",
        "level": "concert", "negotiable": "Où planter", "opened_at": timezone.now(),
    } | fields  # fmt: skip
    return Event.objects.create(territory=territory, **given)


def ask(event: Event, text: str = "Où a-t-on chaud ?", position: int = 1) -> Question:
    return Question.objects.create(event=event, position=position, kind="say", text=text)


def ask_dots(event: Event, position: int = 2, dots: int = 3) -> Question:
    made = Question.objects.create(
        event=event, position=position, kind="dots", text="Par quoi commencer ?", dots=dots
    )
    for i, text in enumerate(("Des arbres", "Des volets", "Une fontaine"), start=1):
        Choice.objects.create(question=made, position=i, text=text)
    return made


def ask_weights(event: Event, position: int = 3) -> Question:
    return Question.objects.create(
        event=event, position=position, kind="weights", text="Qu’est-ce qui compte ?",
        index="canicule",
    )  # fmt: skip


def picture(width: int = 60, height: int = 40, form: str = "JPEG", **saved: Any) -> bytes:
    """A small image with some noise in it."""
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).save(out, form, **saved)
    return out.getvalue()


def a_photo(event: Event) -> Medium:
    """A photo that nobody has looked at yet."""
    made = Contribution.objects.create(territory=event.territory, event=event, kind="photo")
    medium, content = media.made_again("photo", picture())
    media.write(medium, content)
    medium.contribution = made
    medium.save()
    return medium
