"""Who answers for the site, how accessible it is, and where everything is."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labo import catalogue as _catalogue  # noqa: F401 (declares the indicators and measures)
from labo.indicator import INDICATORS
from labo.measure import MEASURES
from labo_web.programme.access import programmes_for
from labo_web.releases.access import latest_for
from labo_web.roadmaps.access import entry_of

# What whoever installs the site has to say, by the name of the setting.
ASKED = {
    "publisher": "Éditeur",
    "publisher_address": "Adresse de l’éditeur",
    "publication_director": "Direction de la publication",
    "hosting": "Hébergement",
    "contact": "Contact",
    "data_protection": "Données personnelles, à qui écrire",
    "source_code": "Code source de la version servie ici",
}
# When and on what the pages were last tried by hand, by those who write the software.
TRIED = "novembre 2026"
LINKED = ("https://", "http://")


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """The legal notice, made of the settings; what they do not say is said to be missing."""
    rows = [(label, settings.ABOUT[name]) for name, label in ASKED.items()]
    return render(request, "atlas/legal.html", {"rows": rows, "linked": LINKED})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the site is, as far as those who write it know, and to whom to complain."""
    context = {"contact": settings.ABOUT["contact"], "tried": TRIED}
    return render(request, "atlas/accessibility.html", context)


@require_safe
def english(request: HttpRequest) -> HttpResponse:
    """The project told to visitors who read English: what it is, where, how, and how to reuse it.

    Counts are those of the catalogue and of what is open here; the rest of the site is in French.
    """
    context = {
        "releases": latest_for(request),
        "indicators": len(INDICATORS),
        "measures": len(MEASURES),
        "contact": settings.ABOUT["contact"],
        "source_code": settings.ABOUT["source_code"],
        "linked": LINKED,
    }
    return render(request, "atlas/english.html", context)


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """All that can be read, territory by territory."""
    found = [(r, entry_of(request, r.territory)) for r in latest_for(request)]
    context: dict[str, Any] = {"found": found, "programmes": programmes_for(request)}
    return render(request, "atlas/contents.html", context)
