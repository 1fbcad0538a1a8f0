"""What actions tell back to those who spoke: which action, what was decided of it, when and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from django.db.models import Prefetch
from django.urls import reverse

from labo_web.roadmaps.models import Action, Decision, Level, Link
from labo_web.workshops.answers.onward import Became, Decided
from labo_web.workshops.models import Grouping, StatusChange

NUMBER = re.compile(r"(?:A-)?(\d{1,9})", re.IGNORECASE)


def of_contributions(contributions: Collection[int]) -> dict[int, list[Became]]:
    """Return the actions that contributions, or others of their subject, are tied to.

    Of an action that is not published, its number is told, and a refusal with its reason: nothing
    else. It takes eight queries at most, whatever the number of contributions.
    """
    subject = dict(
        Grouping.objects.filter(contribution__in=contributions).values_list(
            "contribution", "subject"
        )
    )
    beside: dict[int, list[int]] = {}
    pairs = Grouping.objects.filter(subject__in=set(subject.values()))
    for key, topic in pairs.values_list("contribution", "subject"):
        beside.setdefault(topic, []).append(key)
    everyone = {*contributions, *(key for keys in beside.values() for key in keys)}
    links = (
        Link.objects.filter(
            kind=Link.Kind.CONTRIBUTION, contribution__in=everyone, removed_on=None
        )
        .select_related("action__roadmap__territory")
        .prefetch_related(Prefetch("action__decisions", Decision.objects.order_by("pk")))
        .order_by("action__number")
    )  # fmt: skip
    tied: dict[int, dict[int, Action]] = {}
    for link in links:
        if link.contribution_id is not None:
            tied.setdefault(link.contribution_id, {})[link.action_id] = link.action
    for key, action in _said_to_be(everyone):
        tied.setdefault(key, {}).setdefault(action.pk, action)
    found: dict[int, list[Became]] = {}
    for key in contributions:
        own = tied.get(key, {})
        shared = {
            pk: action
            for other in beside.get(subject.get(key, 0), [])
            for pk, action in tied.get(other, {}).items()
            if pk not in own
        }
        rows = [*map(told, own.values()), *(told(a, shared=True) for a in shared.values())]
        if rows:
            found[key] = rows
    return found


def _said_to_be(contributions: Collection[int]) -> Iterator[tuple[int, Action]]:
    """Give contributions that the team said have become an action, without tying them to it."""
    said = list(
        StatusChange.objects.filter(
            contribution__in=contributions, status=StatusChange.Status.ACTION
        ).values_list("contribution", "contribution__territory", "action")
    )
    numbers = {int(m[1]) for _, _, text in said if (m := NUMBER.fullmatch(text.strip()))}
    if not numbers:
        return
    found = Action.objects.filter(
        number__in=numbers, roadmap__territory__in={territory for _, territory, _ in said}
    )
    found = found.select_related("roadmap__territory").prefetch_related(
        Prefetch("decisions", Decision.objects.order_by("pk"))
    )
    actions = {(a.roadmap.territory_id, a.number): a for a in found}
    # Tied once: their link says it, or was removed.
    links = Link.objects.filter(contribution__in=contributions, action__in=actions.values())
    known = set(links.values_list("contribution", "action"))
    for key, territory, text in said:
        match = NUMBER.fullmatch(text.strip())
        action = actions.get((territory, int(match[1]))) if match else None
        if action is not None and (key, action.pk) not in known:
            yield key, action


def told(action: Action, *, shared: bool = False) -> Became:
    """Return what everyone may read of an action, its decisions in their order."""
    code = action.roadmap.territory.code
    public = action.published_on is not None
    decided = [
        Decided(d.decided_on, str(d.get_body_display()), d.said, d.reason)
        for d in action.decisions.all()
        # A refusal speaks of the idea and names nobody; other reasons wait for the publication.
        if public or d.after == Level.ABANDONED
    ]
    page = f"{reverse('roadmap', args=[code])}#action-{action.number}" if public else ""
    thread = reverse("action_thread", args=[code, action.number]) if public else ""
    refused = action.level == Level.ABANDONED
    return Became(
        action.number_shown, action.title if public else "",
        "idée non retenue" if refused else action.level_label, page, thread, tuple(decided), shared,
    )  # fmt: skip
