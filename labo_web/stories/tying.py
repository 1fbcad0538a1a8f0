"""Pages where a reportage is tied to what it tells of: an action, a resource, a word."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.resources.models import Resource
from labo_web.roadmaps.models import Action
from labo_web.roadmaps.thread import resource_names
from labo_web.stories.access import get_story_to_write
from labo_web.stories.forms import LINK_KINDS, LinkForm
from labo_web.stories.models import Story, StoryLink
from labo_web.workshops.models import Contribution

MOST_CHOICES = 500


def _rows(story: Story, kind: str) -> models.QuerySet[Any]:
    here = story.territory
    if kind == StoryLink.Kind.ACTION:
        return Action.objects.filter(roadmap__territory=here)
    if kind == StoryLink.Kind.RESOURCE:
        return Resource.objects.kept().filter(territory=here)
    return Contribution.objects.shown().filter(territory=here).order_by("-pk")


def _choices(story: Story, kind: str) -> list[tuple[str, str]]:
    found = list(_rows(story, kind)[:MOST_CHOICES])
    if kind == StoryLink.Kind.RESOURCE:
        names = resource_names({r.pk for r in found}, team=True)
        return [(str(r.pk), f"{r.number} {names[r.pk]}") for r in found if r.pk in names]
    if kind == StoryLink.Kind.CONTRIBUTION:
        return [(str(w.pk), f"{w.number_shown} – {w.text[:80]}") for w in found]
    return [(str(a.pk), str(a)) for a in found]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, territory: str, number: int, kind: str) -> HttpResponse:
    """Tie a reportage to an action, a resource or a word, with a sentence."""
    story = get_story_to_write(request, territory, number)
    if kind not in LINK_KINDS:
        raise Http404("On ne relie pas un récit à cela.")
    which = LINK_KINDS[kind]
    form = LinkForm(_choices(story, which), sent(request))
    if request.method == "POST" and form.is_valid():
        target = _rows(story, which).get(pk=int(form.cleaned_data["target"]))
        kept = story.links.filter(kind=which, removed_on=None, **{which: target}).exists()
        if not kept:
            StoryLink.objects.create(
                story=story, kind=which, sentence=form.cleaned_data["sentence"],
                signature=signed_in(request).sign(), **{which: target},
            )  # fmt: skip
        messages.success(request, "Le lien est noté.")
        return redirect("story_links", territory=territory, number=number, kind=kind)
    context = {
        "territory": story.territory,
        "story": story,
        "form": form,
        "kind": kind,
        "label": StoryLink.Kind(which).label,
        "kinds": [(key, StoryLink.Kind(value).label) for key, value in LINK_KINDS.items()],
        "rows": story.links.filter(removed_on=None).select_related(
            "action", "resource", "contribution"
        ),
    }
    return render(request, "stories/links.html", context, status=422 if form.errors else 200)


@require_POST
def unlink(request: HttpRequest, territory: str, number: int, pk: int) -> HttpResponse:
    """Untie; the row stays, with its day."""
    story = get_story_to_write(request, territory, number)
    found = story.links.filter(pk=pk, removed_on=None).first()
    if found is None:
        raise Http404("Ce lien n’existe plus.")
    found.removed_on = timezone.localdate()
    found.save(update_fields=["removed_on"])
    messages.success(request, "Le lien est retiré.")
    kind = next(key for key, value in LINK_KINDS.items() if value == found.kind)
    return redirect("story_links", territory=territory, number=number, kind=kind)
