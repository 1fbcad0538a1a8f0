"""What everyone reads: the stories of a territory, one of them, its files and documents."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.accounts.access import is_team
from labo_web.documents.answer import file_of
from labo_web.releases.models import Release
from labo_web.roadmaps.access import neighbourhoods
from labo_web.stories import documents, files, following
from labo_web.stories.access import (
    get_passage_of_medium,
    get_public_story,
    get_territory_to_read,
)
from labo_web.stories.models import Medium, Story
from labo_web.stories.narrative import as_everyone
from labo_web.stories.serving import ranged
from labo_web.stories.showing import Channel, Piece, passages_of, pieces_of
from labo_web.typography import page

MOST = 300  # on one page


def release_of(request: HttpRequest, story: Story) -> Release | None:
    """Return the newest release of the territory that whoever asks reads: pages link to it."""
    rows = Release.objects.visible_to(request).filter(territory=story.territory)
    return rows.order_by("-generation", "-pk").first()


@never_cache
@require_safe
def stories(request: HttpRequest, territory: str) -> HttpResponse:
    """The stories of a territory; the team sees those that are being written."""
    here = get_territory_to_read(request, territory)
    team = is_team(request, here)
    rows = Story.objects.with_heads().with_drafts().filter(territory=here)
    names = neighbourhoods(here)
    public = rows.public()[:MOST]
    context = {
        "territory": here,
        "team": team,
        "rows": [(s, names.get(s.zone, s.zone)) for s in public],
        "drafts": [(s, names.get(s.zone, s.zone)) for s in rows[:MOST]] if team else [],
        "names": names,
    }
    return render(request, "stories/list.html", context)


@never_cache
@require_safe
def story(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """A reportage, as it was published, without what was taken back since."""
    found, head = get_public_story(territory, number)
    pieces = pieces_of(request, found, passages_of(head))
    context = {
        "territory": found.territory,
        "story": found,
        "head": head,
        "pieces": pieces,
        "zone_name": neighbourhoods(found.territory).get(found.zone, found.zone),
        "release": release_of(request, found),
        "told": following.told_of(request, found),
        "team": is_team(request, found.territory),
    }
    return page(request, "stories/story.html", context)


@never_cache
@require_safe
def document(request: HttpRequest, territory: str, number: int, kind: str) -> HttpResponse:
    """A reportage to print, made now: of what may be in documents."""
    found, head = get_public_story(territory, number)
    address = request.build_absolute_uri(reverse("story", args=[territory, number]))
    # What is taken away holds what everyone reads, whoever takes it.
    pieces = pieces_of(as_everyone(), found, passages_of(head), Channel.DOCUMENTS)
    made = documents.story_of(found, head, pieces, address, kind)
    return file_of(made, f"recit-{territory}-{number}", kind)


@never_cache
@require_safe
def as_json(request: HttpRequest, territory: str) -> HttpResponse:
    """The stories of a territory as open data: texts whose licence and consents allow it."""
    here = get_territory_to_read(request, territory)
    rows = Story.objects.public().with_heads().filter(territory=here).select_related("territory")
    rows = rows[:MOST]
    body = {
        "territoire": here.code,
        "nom": here.name,
        "recits": [_as_data(request, s) for s in rows],
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _as_data(request: HttpRequest, found: Story) -> dict[str, Any]:
    address = request.build_absolute_uri(
        reverse("story", args=[found.territory.code, found.number])
    )
    made: dict[str, Any] = {
        "numero": found.number,
        "titre": found.public_title,
        "chapo": found.public_standfirst,
        "nature": found.kind,
        "quartier": found.zone,
        "publie_le": found.published_on,
        "licence": found.get_licence_display(),
        "adresse": address,
        "fictif": found.fictive,
    }
    # What is for the programme only is named here, and read on its page.
    if found.licence != Story.Licence.PROGRAMME:
        head = found.public_head()
        pieces = pieces_of(as_everyone(), found, passages_of(head), Channel.DATA)
        made["passages"] = [_piece(request, p) for p in pieces]
    return made


def _piece(request: HttpRequest, p: Piece) -> dict[str, Any]:
    made: dict[str, Any] = {"nature": p.kind}
    if p.gone or p.passage is None:
        return made | {"retire": p.gone}
    fields = {"texte": p.passage.text, "par": p.by, "description": p.passage.alt,
              "legende": p.passage.caption, "credit": p.passage.credit, "dit": p.said}  # fmt: skip
    made |= {name: value for name, value in fields.items() if value}
    if p.figure is not None:
        made["chiffre"] = p.figure.sentence
        made["livraison"] = p.figure.release.code if p.figure.release else None
    if p.passage.medium is not None:
        path = reverse("story_medium", args=[p.passage.medium.key, "fichier"])
        made["fichier"] = request.build_absolute_uri(path)
    return made


@require_safe
def medium(request: HttpRequest, key: uuid.UUID, part: str) -> HttpResponseBase:
    """A file of a reportage, its small picture, or its subtitles: after the same checks."""
    found, passage = get_passage_of_medium(request, key)
    if part == "sous-titres.vtt" and passage.subtitles:
        answer = HttpResponse(passage.subtitles, content_type="text/vtt; charset=utf-8")
        answer["Cache-Control"] = "private, no-store"
        return answer
    folder = files.folder()
    if part == "vignette" and found.thumbnail:
        path, kind = folder / found.thumbnail, "image/jpeg"
    elif part == "fichier":
        path, kind = folder / found.name, files.TYPES[Medium.Kind(found.kind)]
    else:
        raise Http404("Ce fichier n’existe pas.")
    if not path.is_file():
        raise Http404("Ce fichier n’existe plus.")
    return ranged(request, path, kind, found.digest if part == "fichier" else found.digest[::-1])
