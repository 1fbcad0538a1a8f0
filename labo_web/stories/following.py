"""Where the thread meets stories: what a story tells of, and the stories that tell of an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse

from labo_web.roadmaps.access import may_read
from labo_web.roadmaps.models import Action
from labo_web.roadmaps.onward import Follows
from labo_web.roadmaps.thread import resource_names
from labo_web.stories.models import Story, StoryLink, Version
from labo_web.workshops.answers import heard
from labo_web.workshops.models import Contribution


def of_actions(
    request: HttpRequest,  # noqa: ARG001 (what is public is the same for all)
    actions: Sequence[Action],
) -> Mapping[int, Sequence[Follows]]:
    """Return the public stories that tell of each of some actions, in one query."""
    head = Version.objects.filter(
        story=OuterRef("story"), number=OuterRef("story__published_version")
    )
    links = (
        StoryLink.objects.filter(
            action__in=actions, removed_on=None, story__published_version__isnull=False
        )
        .select_related("story__territory")
        .annotate(title=Subquery(head.values("title")[:1]))
    )
    found: dict[int, list[Follows]] = {}
    for link in links:
        story = link.story
        page = reverse("story", args=[story.territory.code, story.number])
        row = Follows(f"Récit : {link.title}", link.sentence, link.added_on, page)
        found.setdefault(link.action_id or 0, []).append(row)
    return found


@dataclass(frozen=True)
class Told:
    """Something that a story tells of: what it is, the sentence, and where it is read."""

    title: str
    sentence: str
    href: str = ""


def told_of(request: HttpRequest, story: Story) -> list[Told]:
    """Return what a story tells of, as whoever asks may read it: what is not public is left out."""
    links = list(
        story.links.filter(removed_on=None).select_related("action", "resource", "contribution")
    )
    territory = story.territory
    members = may_read(request, territory)
    names = resource_names({x.resource_id for x in links if x.resource_id}, team=False)
    made = []
    for x in links:
        if x.action is not None and (members or x.action.published_on is not None):
            page = reverse("action_thread", args=[territory.code, x.action.number])
            made.append(Told(f"Action {x.action}", x.sentence, page))
        elif x.resource is not None and x.resource.withdrawn_at is None and x.resource_id in names:
            page = reverse("resource", args=[territory.code, x.resource_id])
            made.append(Told(f"Ressource : {names[x.resource.pk]}", x.sentence, page))
        elif x.contribution is not None and _shown(x.contribution):
            word = x.contribution
            page = (
                f"{reverse('territory_heard', args=[territory.code])}#{heard.anchor(word.number)}"
            )
            made.append(Told(f"Parole n° {word.number_shown}", x.sentence, page))
    return made


def _shown(word: Contribution) -> bool:
    return word.state == Contribution.State.SHOWN and word.erased_at is None
