"""What residents read of a roadmap: plain words, secured amounts, refusals with their reason."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from labo_web.accounts.access import may_decide
from labo_web.roadmaps import funds, progress
from labo_web.roadmaps.access import get_public_roadmap, get_roadmap_for, may_read, neighbourhoods
from labo_web.roadmaps.models import Action, Decision, Level
from labo_web.roadmaps.money import plan_of
from labo_web.roadmaps.public_thread import words_of

GROUPS = (
    ("Ce qui est décidé", (Level.ENGAGED, Level.UNDER_WAY)),
    ("Ce qui est fait", (Level.DONE,)),
    ("Ce que l’on prépare", (Level.READY, Level.STUDY, Level.IDEA)),
)


@require_safe
def roadmap(request: HttpRequest, territory: str) -> HttpResponse:
    """The page of the roadmap for everyone."""
    here = get_public_roadmap(request, territory)
    names = neighbourhoods(here.territory)
    today = timezone.localdate()
    found = list(
        Action.objects.public()
        .filter(roadmap=here)
        .select_related("pilot")
        .prefetch_related("steps", "funding", "decisions", "tracked")
    )
    words = words_of(request, here.territory, found)
    groups = []
    for title, levels in GROUPS:
        cards = [
            {
                "action": a,
                "zones": [names.get(code, code) for code in a.zones],
                "secured": plan_of([a]).secured,
                "progress": progress.of(a, today),
                "words": words.get(a.pk),
            }
            for a in found
            if a.level in levels
        ]
        if cards:
            groups.append((title, cards))
    context = {
        "roadmap": here,
        "groups": groups,
        # Of a refused idea: the idea, the reason, the day; never who brought it.
        "refused": [
            {"action": a, "decision": _refusal(a), "words": words.get(a.pk)}
            for a in found
            if a.level == Level.ABANDONED
        ],
        "secured": plan_of(a for a in found if a.level != Level.ABANDONED).secured,
        "members": may_read(request, here.territory),
        "edits": may_decide(request, here.territory),
    }
    return render(request, "roadmaps/public.html", context)


def _refusal(action: Action) -> Decision | None:
    """Return the decision that ended an action."""
    found = [d for d in action.decisions.all() if d.after == Level.ABANDONED]
    return found[-1] if found else None


@require_safe
def eligibility(request: HttpRequest, territory: str) -> HttpResponse:
    """The truth table of funds, and what it says of one case."""
    here = get_roadmap_for(request, territory)
    asked = {
        "porteur": (request.GET.get("porteur", ""), funds.APPLICANTS),
        "depense": (request.GET.get("depense", ""), funds.EXPENSES),
        "lieu": (request.GET.get("lieu", ""), funds.PLACES),
    }
    chosen = {name: key for name, (key, known) in asked.items() if key in known}
    verdicts = []
    if len(chosen) == len(asked):
        verdicts = [
            funds.eligible(x, chosen["porteur"], chosen["depense"], chosen["lieu"])
            for x in funds.FUNDS
        ]
        order = (funds.YES, funds.ASK, funds.NO)
        verdicts.sort(key=lambda v: order.index(v.answer))
    columns = {**funds.APPLICANTS, **funds.EXPENSES, **funds.PLACES}
    context = {
        "roadmap": here,
        "asked": [
            (name, label, known, chosen.get(name, ""))
            for (name, (_, known)), label in zip(
                asked.items(), ("Qui demande", "Pour quelle dépense", "Où"), strict=True
            )
        ],
        "verdicts": [(v, funds.SAID[v.answer]) for v in verdicts],
        "columns": list(columns.values()),
        "rows": [(x, [funds.SAID[getattr(x, key)] for key in columns]) for x in funds.FUNDS],
    }
    return render(request, "roadmaps/funds.html", context)
