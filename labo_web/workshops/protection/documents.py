"""Which documents there are, and what they are filled in with: settings, and what the code does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404
from django.template.loader import render_to_string
from django.utils import timezone

from labo_web.documents.blocks import Blocks, plain_edition, read
from labo_web.workshops.models import Contribution, Event, Medium
from labo_web.workshops.models.contributions import GRID
from labo_web.workshops.photos import MOST_BYTES
from labo_web.workshops.protection.notices import NOTICES

BLANK = "[à compléter]"
DRAFT = "Projet à compléter et valider par le DPO (délégué à la protection des données)."


@dataclass(frozen=True)
class Document:
    """A document: its title, and the template of its text."""

    title: str
    template: str
    about: str


DOCUMENTS = {
    "registre": Document(
        "Fiche du registre des traitements",
        "registre.html",
        "Ce qui est collecté, pourquoi, pour combien de temps, et qui le voit.",
    ),
    "aipd": Document(
        "Analyse d’impact (AIPD)",
        "aipd.html",
        "Ce qui pourrait mal tourner pour les personnes, et ce qui est fait contre.",
    ),
    "convention": Document(
        "Convention entre responsables, et avec le sous-traitant",
        "convention.html",
        "Qui répond de quoi : territoire, centre de ressources, hébergeur.",
    ),
    "archives": Document(
        "Règle d’archivage",
        "archives.html",
        "Ce qui est gardé, ce qui est effacé, ce qui demande le visa des archives départementales.",
    ),
    **{
        f"notice-{kind}": Document(
            f"Notice d’information : {label}",
            "notice.html",
            "À lire et à afficher avant que la rencontre commence.",
        )
        for kind, label in Event.Kind.choices
    },
}


def named(value: str) -> str:
    """Return a name of the settings, or say that it is to be completed."""
    return value or BLANK


def context_of(name: str) -> dict[str, Any]:
    """Return what a text is filled in with."""
    kind = name.removeprefix("notice-")
    return {
        "controller": named(settings.CONTROLLER),
        "centre": named(settings.RESOURCE_CENTRE),
        "dpo": named(settings.DPO_CONTACT),
        "host": named(settings.HOSTED_BY),
        "words_days": settings.KEEP_WORDS_DAYS,
        "file_days": settings.KEEP_FILES_DAYS,
        "registration_days": settings.KEEP_REGISTRATIONS_DAYS,
        "refused_days": settings.REFUSED_DAYS,
        "withdrawn_days": settings.RETENTION_DAYS,
        "grid": GRID,
        "megabytes": MOST_BYTES // 1_000_000,
        "tls": settings.TLS,
        "mail": bool(settings.EMAIL_HOST),
        "database": settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1],
        "kinds": [label for _, label in Contribution.Kind.choices],
        "media": [label for _, label in Medium.Kind.choices],
        "reasons": [label for _, label in Contribution.Reason.choices],
        "notice": NOTICES.get(Event.Kind(kind)) if name.startswith("notice-") else None,
        "date": timezone.localdate(),
    }


def fragment_of(name: str) -> str:
    """Return the text of a document as a fragment of a page, or answer 404."""
    if name not in DOCUMENTS:
        raise Http404(f"Ce document n’existe pas. Il y a : {', '.join(DOCUMENTS)}.")
    template = DOCUMENTS[name].template
    return render_to_string(f"workshops/protection/{template}", context_of(name))


def blocks_of(name: str) -> Blocks:
    """Return a document to be completed in a word processor."""
    text = fragment_of(name)
    today = timezone.localdate()
    edition = plain_edition(named(settings.CONTROLLER), DRAFT, today, DRAFT)
    return Blocks(edition, DOCUMENTS[name].title, read(text))
