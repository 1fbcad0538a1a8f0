"""Pages of the kit: choose what to print, take it, sign that a language was read over."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.documents import typeset
from labo_web.documents.facts import Facts, get_facts_for
from labo_web.documents.texts import cleaned
from labo_web.releases.access import get_release_for
from labo_web.releases.models import Zone
from labo_web.workshops.kit import streets
from labo_web.workshops.kit.content import PARTS, Occasion, kit
from labo_web.workshops.kit.forms import MOST_PEOPLE, START, KitForm, ReviewForm
from labo_web.workshops.kit.means import means_of
from labo_web.workshops.kit.script import MOST_TABLES
from labo_web.workshops.kit.tongues import (
    FRENCH,
    LANGUAGES,
    OWN_NAMES,
    RIGHT_TO_LEFT,
    TABLES,
    digest,
    tongue,
)
from labo_web.workshops.models import Event, TranslationReview

SIZES = (11.0,)
ANY_PAGES = 10_000  # a kit is as long as it is
AT_A_TABLE = 8
SCRIPT_OF = {
    Event.Kind.FORESIGHT: "journee", Event.Kind.WALK: "marche", Event.Kind.SHORT: "courte",
}  # fmt: skip
UNREAD = "Traduit par une machine, non relu par une personne : à relire avant de s’en servir."


@require_safe
def choose(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Choose what to print; the answers stay in the address."""
    facts, here = _facts(request, territory, zone)
    asked = _asked(request.GET)
    form = KitForm(asked) if asked else KitForm(initial=START | _of_event(request, here))
    if asked:
        form.is_valid()
    return _page(request, facts, here, form)


@require_safe
def take(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """The kit as PDF; what cannot be printed is said on the page where it was chosen."""
    facts, here = _facts(request, territory, zone)
    form = KitForm(_asked(request.GET) or QueryDict())
    occasion = _occasion(request, here)
    if not form.is_valid():
        return _page(request, facts, here, form, status=422)
    given = form.cleaned_data
    code = given["langue"]
    content = kit(
        facts,
        here,
        parts=given["parties"],
        means=means_of(here, timezone.localdate()),
        script=given["deroule"],
        start=given["debut"],
        tables=given["tables"],
        people=given["personnes"],
        other=tongue(code, credit(code)) if code else None,
        rtl=code in RIGHT_TO_LEFT,
        occasion=occasion,
    )
    made = typeset.pdf_of(cleaned(content), "kit.typ", content.edition.day, SIZES, ANY_PAGES)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="kit-{here.code}-{facts.release.code}.pdf"'
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _asked(query: QueryDict) -> QueryDict | None:
    """Return what the form sent; what it did not say is as usual."""
    if "parties" not in query and "deroule" not in query:
        return None
    found = query.copy()
    for name in ("deroule", "debut", "tables", "personnes"):
        found.setdefault(name, str(START[name]))
    return found


def _facts(request: HttpRequest, territory: str, zone: str) -> tuple[Facts, Zone]:
    release = get_release_for(request, territory)
    facts, here = get_facts_for(request, release, zone)
    here.release = release
    return facts, here


def _event(request: HttpRequest, here: Zone) -> Event | None:
    """Return the gathering that the address names, where whoever asks runs it."""
    asked = request.GET.get("rencontre", "")
    if not asked.isdecimal() or len(asked) >= 10:
        return None
    runs = Event.objects.run_by(request).filter(territory=here.release.territory_id)
    return runs.filter(pk=int(asked)).first()


def _of_event(request: HttpRequest, here: Zone) -> dict[str, Any]:
    """Return what is known already of the gathering that a kit is for."""
    event = _event(request, here)
    if event is None:
        return {}
    found: dict[str, Any] = {"debut": timezone.localtime(event.starts_at).time()}
    if event.kind in SCRIPT_OF:
        found["deroule"] = SCRIPT_OF[Event.Kind(event.kind)]
    if event.kind == Event.Kind.SHORT:
        # What comes to it is written on the sheet of the session.
        found["parties"] = [part for part in PARTS if part != "grilles"]
    if event.capacity:
        found["personnes"] = min(event.capacity, MOST_PEOPLE)
        found["tables"] = min(math.ceil(event.capacity / AT_A_TABLE), MOST_TABLES)
    return found


def _occasion(request: HttpRequest, here: Zone) -> Occasion:
    """Return the gathering that the address names, or none.

    Raises Http404 where whoever asks does not run it: its code opens its room.
    """
    if not request.GET.get("rencontre", ""):
        return Occasion()
    event = _event(request, here)
    if event is None:
        raise Http404("Cette rencontre n’existe pas ici, ou ce n’est pas vous qui l’animez.")
    return Occasion(
        code=event.code,
        title=event.title,
        day=timezone.localtime(event.starts_at).date(),
        join=request.build_absolute_uri(reverse("day", args=[event.pk])) + "feuilles/",
    )


def _page(
    request: HttpRequest, facts: Facts, here: Zone, form: KitForm, status: int = 200
) -> HttpResponse:
    events = Event.objects.run_by(request).filter(
        territory=facts.release.territory_id, zone__in=("", here.code)
    )
    context = {
        "release": facts.release,
        "zone": here,
        "form": form,
        "events": events.order_by("-starts_at")[:20],
        "event": request.GET.get("rencontre", ""),
        "languages": [(code, LANGUAGES[code], credit(code)) for code in LANGUAGES],
        "streets": streets.path_of(facts.release.territory.code, "streets").is_file(),
        "means": len(means_of(here, timezone.localdate())),
    }
    return render(request, "workshops/kit.html", context, status=status)


def reviewed(code: str) -> TranslationReview | None:
    """Return who read over the table of a language as it is now, if anybody did."""
    return TranslationReview.objects.filter(language=code, digest=digest(code)).first()


def credit(code: str) -> str:
    """Say how far a translation is sure."""
    found = reviewed(code)
    if found is None:
        return UNREAD
    return f"Traduit par une machine, relu par {found.body} le {found.read_on:%d/%m/%Y}."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def translation(request: HttpRequest, territory: str, language: str) -> HttpResponse:
    """The table of a language beside French; the team signs for whoever read it over."""
    release = get_release_for(request, territory)
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES.values())
        raise Http404(f"Les langues du kit sont : {known}.")
    may_sign = may_decide(request, release.territory)
    if request.method == "POST" and not may_sign:
        raise Http404("Seule l’équipe du territoire signe une relecture.")
    form = ReviewForm(sent(request))
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        row.language, row.digest, row.person = language, digest(language), signed_in(request)
        row.save()
        messages.success(request, "La relecture est signée : les feuilles le disent.")
        return redirect("translation", territory, language)
    context: dict[str, Any] = {
        "release": release,
        "language": LANGUAGES[language],
        "own_name": OWN_NAMES[language],
        "code": language,
        "rtl": language in RIGHT_TO_LEFT,
        "rows": [(FRENCH[key], TABLES[language][key]) for key in FRENCH],
        "credit": credit(language),
        "form": form if may_sign else None,
    }
    status = 422 if form.errors else 200
    return render(request, "workshops/translation.html", context, status=status)
