"""What a reader sees of a version: each passage with what may be shown of it here and today."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from labo_web.releases import maps
from labo_web.releases.kept import zones_of
from labo_web.releases.models import Release
from labo_web.roadmaps import figures
from labo_web.roadmaps.figures import Figure, Reference
from labo_web.stories import markup
from labo_web.stories.models import Block, Consent, Passage, Placement, Story, Version
from labo_web.stories.subtitles import said_in

GONE = "Ce passage a été retiré."
ELSEWHERE = "Ce passage ne se lit pas ici : la personne ne l’a pas permis."
ANONYMOUS = "anonyme"
# What each kind of block shows of people: the names of the fields of a consent.
NEEDS: dict[str, tuple[str, ...]] = {
    Block.Kind.PHOTO: ("image",),
    Block.Kind.VIDEO: ("image", "voice"),
    Block.Kind.AUDIO: ("voice",),
    Block.Kind.QUOTE: ("words",),
}


class Channel(enum.Enum):
    """Where it is shown: the name of the field of a consent."""

    SITE = "on_site"
    DOCUMENTS = "in_documents"
    DATA = "in_data"


NO_HTML = SafeString("")


@dataclass(frozen=True)
class Piece:
    """A passage as it is shown: `gone` is the sentence that stands in its place, if any."""

    kind: str
    key: str
    gone: str = ""
    passage: Passage | None = None
    html: SafeString = NO_HTML
    by: str = ""
    said: str = ""  # what is said in a sound or a video
    figure: Figure | None = None
    newer: Figure | None = None
    drawing: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    # Where its file, its small picture and its subtitles are read.
    source: str = ""
    poster: str = ""
    track: str = ""


def passages_of(version: Version) -> list[Passage]:
    """Return the passages of a version in order, with their block, its consents and their file."""
    rows = Placement.objects.filter(version=version).order_by("position")
    found = rows.select_related("passage__block", "passage__medium")
    return [p.passage for p in found.prefetch_related("passage__block__consents")]


def is_free(passage: Passage) -> bool:
    """Whether a passage shows nobody, so that no consent is asked; words are always somebody's."""
    return passage.nobody and passage.block.kind != Block.Kind.QUOTE


def against(passage: Passage, consents: Iterable[Consent], channel: Channel, today: dt.date) -> str:
    """Return the sentence that stands in place of a passage; nothing where it may be shown."""
    bound = list(consents)
    if passage.erased_at is not None or not all(c.holds(today) for c in bound):
        return GONE
    if passage.medium is not None and passage.medium.erased_at is not None:
        return GONE
    needs = NEEDS.get(passage.block.kind, ())
    if needs and not is_free(passage):
        if not all(any(getattr(c, name) for c in bound) for name in needs):
            return GONE
        if not all(getattr(c, channel.value) for c in bound):
            return ELSEWHERE
    return ""


def pieces_of(
    request: HttpRequest,
    story: Story,
    passages: Sequence[Passage],
    channel: Channel = Channel.SITE,
    *,
    draft: bool = False,
) -> list[Piece]:
    """Return what is shown of some passages; of a draft, what has no consent yet is shown too."""
    today = timezone.localdate()
    shown: list[tuple[Passage, str]] = []
    for p in passages:
        bound = list(p.block.consents.all())
        sentence = against(p, bound, channel, today)
        lost = p.erased_at is not None or any(
            c.withdrawn_at is not None or c.until < today for c in bound
        )
        shown.append((p, "" if draft and not lost else sentence))
    own = [p for p, sentence in shown if not sentence]
    told = _figures(request, story, own)
    drawn = _drawings(request, story, own)
    made = []
    for p, sentence in shown:
        kind, key = p.block.kind, str(p.block.key)
        if sentence:
            made.append(Piece(kind, key, sentence))
            continue
        figure, newer = told.get(p.pk, (None, None))
        drawing, place = drawn.get(p.zone, ({}, "")) if kind == Block.Kind.MAP else ({}, "")
        made.append(
            Piece(
                kind, key, passage=p,
                html=markup.html(p.text, linked=channel != Channel.DOCUMENTS),
                by=_by(p.block.consents.all()), said=p.transcript or said_in(p.subtitles),
                figure=figure, newer=newer, drawing=drawing, place=place, **_addresses(p),
            )
        )  # fmt: skip
    return made


def _addresses(p: Passage) -> dict[str, str]:
    """Return where the files of a passage are read on the site."""
    if p.medium is None:
        return {}
    made = {"source": reverse("story_medium", args=[p.medium.key, "fichier"])}
    if p.medium.thumbnail:
        made["poster"] = reverse("story_medium", args=[p.medium.key, "vignette"])
    if p.subtitles:
        made["track"] = reverse("story_medium", args=[p.medium.key, "sous-titres.vtt"])
    return made


def _by(consents: Iterable[Consent]) -> str:
    """Return how those who speak are named in public."""
    return ", ".join(c.shown_as or ANONYMOUS for c in consents if c.words or c.voice)


def reference(p: Passage) -> Reference:
    """Return what a figure points to."""
    return (p.release_id or 0, p.zone, p.indicator)


def _figures(
    request: HttpRequest, story: Story, passages: Sequence[Passage]
) -> dict[int, tuple[Figure | None, Figure | None]]:
    """Return, for each figure, what it says and what a newer release says if that is different."""
    own = [p for p in passages if p.block.kind == Block.Kind.FIGURE and p.release_id]
    if not own:
        return {}
    series = figures.series(story.territory, {(p.zone, p.indicator) for p in own}, request)
    latest: dict[int, Reference] = {}
    for p in own:
        values = series.get((p.zone, p.indicator), [])
        mine = next((v for v in values if v.zone.release_id == p.release_id), None)
        last = values[-1] if values else None
        changed = last is not None and last.zone.release_id > (p.release_id or 0)
        if changed and last is not None:
            same = mine is not None and mine.central == last.central
            if not same:
                latest[p.pk] = (last.zone.release_id, p.zone, p.indicator)
    found = figures.figures_of(
        request, story.territory, [*map(reference, own), *latest.values()]
    )  # fmt: skip
    return {p.pk: (found[reference(p)], found.get(latest.get(p.pk, (0, "", "")))) for p in own}


def _drawings(
    request: HttpRequest, story: Story, passages: Sequence[Passage]
) -> dict[str, tuple[dict[str, Any], str]]:
    """Return the map of each neighbourhood that is drawn, and its name."""
    wanted = {p.zone for p in passages if p.block.kind == Block.Kind.MAP}
    if not wanted:
        return {}
    visible = Release.objects.visible_to(request).filter(territory=story.territory)
    made: dict[str, tuple[dict[str, Any], str]] = {}
    for release in visible:
        zones = zones_of(release)
        for zone in zones:
            if zone.code in wanted and zone.code not in made and zone.kind in ("qpv", "perimeter"):
                made[zone.code] = (maps.drawing(zones, maps.around(zone), {}, zone.code), zone.name)
        if made.keys() >= wanted:
            break
    return made
