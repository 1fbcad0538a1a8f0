"""Pages of decisions: maturity, publication, the versions that a committee had, the change log."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.roadmaps import content, history, maturity
from labo_web.roadmaps.access import (
    get_action_to_edit,
    get_public_roadmap,
    get_roadmap_for,
    neighbourhoods,
)
from labo_web.roadmaps.forms import DecisionForm, FrozenForm
from labo_web.roadmaps.models import Action, Change, Decision, Frozen, Level, Roadmap
from labo_web.roadmaps.views import WRITE

PUBLISH, WITHDRAW = "@publish", "@withdraw"
LOGGED = 200  # changes that the log shows


@never_cache
@require_http_methods(WRITE)
def decide(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """Record what a body decided of an action."""
    here = get_action_to_edit(request, territory, number)
    opened = here.published_on is not None
    levels = maturity.choices(here)
    levels.append(
        (WITHDRAW, "retirée de la page publique") if opened else (PUBLISH, "publiée pour tous")
    )
    form = DecisionForm(levels, sent(request), initial={"decided_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        said: dict[str, Any] = {name: given[name] for name in ("body", "decided_on", "reason")} | {
            "by": signed_in(request)
        }
        try:
            if given["level"] in (PUBLISH, WITHDRAW):
                maturity.publish(here, given["level"] == PUBLISH, **said)
            else:
                maturity.decide(here, given["level"], **said)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "La décision est enregistrée.")
            return redirect("action", territory=territory, number=number)
    lacks = {
        label: [w.label for w in found]
        for value, label in levels
        if (found := maturity.missing(here, value))
    }
    context = {"roadmap": here.roadmap, "action": here, "form": form, "lacks": lacks}
    status = 422 if form.errors else 200
    return render(request, "roadmaps/decide.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def frozen_list(request: HttpRequest, territory: str) -> HttpResponse:
    """The versions that committees had before them, and freezing one more."""
    roadmap = get_roadmap_for(request, territory)
    edits = may_decide(request, roadmap.territory)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire fige une version.")
    form = FrozenForm(sent(request), initial={"held_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        made = freeze(request, roadmap, form)
        messages.success(request, f"La version {made.number} est figée : rien ne la changera.")
        return redirect("frozen_list", territory=territory)
    context = {
        "roadmap": roadmap,
        "form": form if edits else None,
        "rows": roadmap.frozen.select_related("signature").defer("content"),
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/frozen_list.html", context, status=status)


def freeze(request: HttpRequest, roadmap: Roadmap, form: FrozenForm) -> Frozen:
    """Write the roadmap as it is now."""
    with transaction.atomic():
        Roadmap.objects.select_for_update().get(pk=roadmap.pk)
        last = roadmap.frozen.aggregate(last=Max("number"))["last"] or 0
        found = content.content_of(roadmap)
        made: Frozen = form.save(commit=False)
        made.roadmap, made.number = roadmap, last + 1
        made.content, made.digest = found.as_json(), found.digest()
        made.signature = signed_in(request).sign()
        made.save()
    return made


@never_cache
@require_safe
def frozen(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """A frozen version, to read or to take away (`?format=json`)."""
    roadmap = get_roadmap_for(request, territory)
    found = roadmap.frozen.select_related("signature").filter(number=number).first()
    if found is None:
        raise Http404("Cette version n’existe pas.")
    if request.GET.get("format") == "json":
        options = {"ensure_ascii": False, "indent": 2}
        return JsonResponse(found.content, json_dumps_params=options)
    unchanged = content.digest_of(found.content) == found.digest
    context = {"roadmap": roadmap, "frozen": found, "unchanged": unchanged}
    return render(request, "roadmaps/frozen.html", context)


@require_safe
def log(request: HttpRequest, territory: str) -> HttpResponse:
    """The public change log: what changed in what is public, when, and what was decided.

    The team reads all of it, with the texts; the public reads which part of which action.
    """
    roadmap = get_public_roadmap(request, territory)
    edits = may_decide(request, roadmap.territory)
    shown = Action.objects.filter(roadmap=roadmap)
    if not edits:
        shown = shown.public()
    decisions = Decision.objects.filter(action__in=shown).select_related("action", "organisation")
    changes = (
        Change.objects.filter(action__in=shown)
        .exclude(field__in=("level", "published_on"))
        .select_related("action", "organisation", "signature")[:LOGGED]
    )
    names = neighbourhoods(roadmap.territory)
    days: dict[Any, dict[str, list[Any]]] = {}
    for d in decisions:
        days.setdefault(d.decided_on, {"decisions": [], "changes": []})["decisions"].append(d)
    for told in history.told(changes, names, None if edits else {}):
        day = timezone.localdate(told.change.changed_at)
        # What became of a refused idea is told by its decision, and nothing else of it.
        if not edits and told.change.action.level == Level.ABANDONED:
            continue
        days.setdefault(day, {"decisions": [], "changes": []})["changes"].append(told)
    context = {
        "roadmap": roadmap,
        "edits": edits,
        "days": sorted(days.items(), reverse=True),
        "most": LOGGED,
    }
    return render(request, "roadmaps/log.html", context)
