"""The thread of a published action as everyone reads it: sentences and dates, and no name.

What residents said is pointed to by its public number, where it was published, and is never
repeated here: taken back, it leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from labo_web.accounts.models import Territory
from labo_web.releases.models import Release
from labo_web.roadmaps import naming
from labo_web.roadmaps.figures import Figure, Reference, figures_of
from labo_web.roadmaps.models import Action, Level, Link
from labo_web.roadmaps.thread import (
    LINKS,
    Stage,
    Stop,
    figure_page,
    following,
    resource_names,
    targets,
)
from labo_web.workshops.answers import heard
from labo_web.workshops.models import Contribution


def words_of(
    request: HttpRequest, territory: Territory, actions: Collection[Action]
) -> dict[int, tuple[list[Stop], int]]:
    """Return, for each action, the published contributions it is tied to, and how many are not.

    Each published one is its number, and where it is read if that page is open to whoever asks.
    """
    page = ""
    if Release.objects.visible_to(request).filter(territory=territory).exists():
        page = reverse("territory_heard", args=[territory.code])
    links = Link.objects.filter(
        action__in=actions, kind=Link.Kind.CONTRIBUTION, removed_on=None, contribution__isnull=False
    ).select_related("contribution")
    found: dict[int, tuple[list[Stop], int]] = {}
    for link in links:
        word = link.contribution
        if word is None or word.erased_at is not None:
            continue
        stops, hidden = found.setdefault(link.action_id, ([], 0))
        if word.state == Contribution.State.SHOWN and word.text:
            day = timezone.localdate(word.created_at)
            href = f"{page}#{heard.anchor(word.number)}" if page else ""
            stops.append(Stop(f"Parole n° {word.number_shown}", "", day, href))
        else:
            found[link.action_id] = (stops, hidden + 1)
    return found


def chain(request: HttpRequest, action: Action) -> list[Stage]:
    """Return the thread of a published action, from what was seen to what follows.

    Of a refused idea: what it came from, and its decisions. A sentence that names somebody is left
    out: the team wrote it for itself.
    """
    territory = action.roadmap.territory
    refused = action.level == Level.ABANDONED
    links = list(action.links.filter(removed_on=None).select_related(*LINKS))
    people = naming.people_of(territory.pk)

    def said(sentence: str) -> str:
        return "" if refused or naming.found_in(sentence, people) else sentence

    refs = {r for x in links if (r := _reference(x)) is not None}
    figures = figures_of(request, territory, refs)
    seen, urgent, solutions = [], [], []
    for x in links:
        ref = _reference(x)
        if x.kind == Link.Kind.SOLUTION:
            number = f" n° {x.solution.number}" if x.solution else ""
            solutions.append(Stop(f"Fiche solution{number} d’un atelier", "", x.added_on))
        elif ref is None:
            continue
        elif x.kind == Link.Kind.FIGURE:
            seen.append(_figure(territory, figures[ref], said(x.sentence), x))
        elif x.priority is not None:
            why = f"Déclarée prioritaire : {said(x.priority.why)}" if said(x.priority.why) else ""
            urgent.append(_figure(territory, figures[ref], why, x))
    ties = {x.resource_id: x for x in links if x.resource_id}
    names = resource_names({*ties}, team=False)
    held = [
        Stop(name, said(ties[pk].sentence), ties[pk].added_on,
             reverse("resource", args=[territory.code, pk]))
        for pk, name in names.items()
        if (kept := ties[pk].resource) is not None and kept.withdrawn_at is None
    ]  # fmt: skip
    stops, hidden = words_of(request, territory, [action]).get(action.pk, ([], 0))
    spoken = list(stops)
    if hidden:
        many = "s" if hidden > 1 else ""
        spoken.append(
            Stop(f"{hidden} parole{many} qui n’{'est' if hidden == 1 else 'sont'} pas "
                 f"publiée{many}", "", None)
        )  # fmt: skip
    started = timezone.localdate(action.created_at)
    page = f"{reverse('roadmap', args=[territory.code])}#action-{action.number}"
    stages = [
        Stage("observation", "Ce qui a été observé", tuple(seen),
              "Aucun chiffre du diagnostic n’est relié."),
        Stage("parole", "Ce que des habitants ont dit", tuple(spoken),
              "Aucune parole n’est reliée."),
        Stage("vulnerabilite", "La vulnérabilité", tuple(urgent),
              "Elle ne répond à aucune vulnérabilité déclarée prioritaire."),
        Stage("ressource", "La ressource du quartier", tuple(held),
              "Aucune ressource publiée n’est mobilisée."),
        Stage("solution", "La solution", (
            *solutions, Stop(f"Origine : {action.get_origin_display()}", "", started)), ""),
        Stage("action", "L’idée" if refused else "L’action", (
            Stop(str(action), f"{capfirst(action.level_label)}.", action.published_on, page),),
            ""),
    ]  # fmt: skip
    if not refused:
        stages.append(
            Stage("indicateur", "Les indicateurs qui la suivent", tuple(
                Stop(f"{t.label} ({t.get_kind_display()})", targets(t), t.baseline_on or started)
                for t in action.tracked.all()), "Aucun indicateur ne la suit.")
        )  # fmt: skip
    stages.append(
        Stage("engagement", "Ce qui a été décidé", tuple(
            Stop(capfirst(f"{d.get_body_display()} : {d.said}"), d.reason, d.decided_on)
            for d in action.decisions.all()), "Rien n’est encore décidé.")
    )  # fmt: skip
    return [*stages, *following(request, action)]


def _reference(link: Link) -> Reference | None:
    if link.kind == Link.Kind.FIGURE and link.release_id:
        return (link.release_id, link.zone, link.indicator)
    if link.kind == Link.Kind.PRIORITY and link.priority is not None:
        return (link.priority.release_id, link.priority.zone, link.priority.indicator)
    return None


def _figure(territory: Territory, f: Figure, sentence: str, link: Link) -> Stop:
    beside = f"{f.sentence} ({f.dated})" if f.release else f.sentence
    # The words of a label are the release's; where it is closed, its name alone is not shown.
    title = f"{f.place} : {f.label}" if f.release else f.place
    return Stop(title, sentence, link.added_on, figure_page(territory.code, f), beside)
