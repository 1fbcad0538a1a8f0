"""The shared narrative of a neighbourhood: one timeline of all that is public, from all who speak.

It holds what everyone may read, whoever asks: so that what its territory takes away is the same.
Each entry has its author or « anonyme »; who disagrees stands in it like the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from labo_web.accounts.models import Territory
from labo_web.releases import findings
from labo_web.releases.access import answers_beside
from labo_web.releases.models import Decision as ReleaseDecision
from labo_web.releases.models import Release, Restitution, Zone
from labo_web.roadmaps.amounts import figure
from labo_web.roadmaps.models import Action, Decision, Level, Observation, Step
from labo_web.stories import markup
from labo_web.stories.models import Story
from labo_web.workshops.answers.heard import contributions_of, status_of
from labo_web.workshops.models import Event, StatusChange, SubjectAnswer

ANONYMOUS = "anonyme"
MOST = 300  # of each kind: the newest ones
KINDS = {
    "diagnosis": "Diagnostic",
    "voice": "Parole",
    "workshop": "Rencontre",
    "answer": "Réponse",
    "decision": "Décision",
    "result": "Résultat",
    "story": "Récit",
}


@dataclass(frozen=True)
class Entry:
    """Something that happened or was said on a day, and by whom."""

    day: dt.date
    kind: str
    title: str
    text: str = ""
    by: str = ANONYMOUS
    dissent: str = ""  # who does not agree, in words
    href: str = ""
    story: int = 0  # its number, where it has a page of its own in what is taken away
    lines: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def label(self) -> str:
        """What kind of thing it is, in a word."""
        return KINDS[self.kind]

    @property
    def leaf(self) -> str:
        """Its page in what is taken away, from the page of the narrative."""
        return f"recits/{self.story}.html"


@dataclass(frozen=True)
class Narrative:
    """The timeline of a neighbourhood, by year."""

    territory: Territory
    zone: Zone
    entries: tuple[Entry, ...]
    stories: tuple[Story, ...]
    fictive: bool

    @property
    def years(self) -> list[tuple[int, list[Entry]]]:
        """The entries of each year, oldest first."""
        return [(y, list(rows)) for y, rows in groupby(self.entries, key=lambda e: e.day.year)]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many entries there are of each kind."""
        made = [(label, sum(e.kind == kind for e in self.entries)) for kind, label in KINDS.items()]
        return [(label, many) for label, many in made if many]

    @property
    def dissents(self) -> int:
        """How many entries say a disagreement."""
        return sum(bool(e.dissent) for e in self.entries)


def as_everyone() -> HttpRequest:
    """Return a request of nobody in particular: what it reads is what everyone reads."""
    made = HttpRequest()
    made.user = AnonymousUser()
    return made


def narrative_of(zone: Zone) -> Narrative:
    """Return the timeline of a neighbourhood: a fixed number of queries for each kind of thing."""
    territory, code = zone.release.territory, zone.code
    request = as_everyone()
    stories = list(
        Story.objects.public()
        .with_heads()
        .select_related("territory")
        .filter(territory=territory, zone__in=(code, ""))
    )
    actions = _actions(territory, code)
    entries = [
        *_diagnosis(request, territory, code),
        *_voices(territory, code),
        *_workshops(territory, code),
        *_answers(territory, code),
        *_decisions(territory, actions),
        *_results(territory, actions, code),
        *_told(stories),
    ]
    entries.sort(key=lambda e: (e.day, list(KINDS).index(e.kind)))
    return Narrative(territory, zone, tuple(entries), tuple(stories), zone.release.fictive)


def _diagnosis(request: HttpRequest, territory: Territory, code: str) -> Iterator[Entry]:
    visible = Release.objects.visible_to(request).filter(territory=territory, zones__code=code)
    releases = list(visible.order_by("pk"))
    # A meeting is a row of its own, or only a day of the decision that it allowed.
    held = dict.fromkeys(
        ReleaseDecision.objects.filter(release__in=releases, restitution_on__isnull=False)
        .order_by("restitution_on").values_list("restitution_on", flat=True),
        "",
    )  # fmt: skip
    held |= dict(Restitution.objects.filter(release__in=releases).values_list("held_on", "note"))
    for day, note in held.items():
        if day is None:
            continue
        yield Entry(
            day, "diagnosis", "Le diagnostic est raconté aux habitants", note, str(territory)
        )
    for release in releases:
        page = reverse("neighbourhood", args=[territory.code, code])
        yield Entry(
            release.opened_on, "diagnosis", f"Le diagnostic est ouvert à tous ({release})", "",
            str(territory), href=f"{page}?livraison={release.code}",
        )  # fmt: skip
        for answer in answers_beside(request, release, zone=code):
            if answer.readable:
                yield Entry(
                    answer.answered_on, "answer", f"Réponse au diagnostic : {answer.organisation}",
                    answer.text, str(answer.organisation), quoted=True,
                )  # fmt: skip
    if releases:
        yield from _findings(request, releases[-1], code)


def _findings(request: HttpRequest, release: Release, code: str) -> Iterator[Entry]:
    zone = release.zones.get(code=code)
    zone.release = release
    summary = findings.of(request, zone)
    if summary.brief is None:
        return
    lines = [line.text for part in summary.parts for line in part.lines if not line.missing]
    brief = summary.brief
    by = ", ".join(filter(None, (str(brief.signature or ""), str(brief.organisation or ""))))
    yield Entry(
        timezone.localdate(brief.saved_at), "diagnosis", "Ce que l’équipe en retient",
        by=by or str(release.territory), lines=tuple(lines),
    )  # fmt: skip


def _voices(territory: Territory, code: str) -> Iterator[Entry]:
    rows = contributions_of(territory, code).shown().with_stances().exclude(text="")
    statuses = Prefetch("statuses", StatusChange.objects.order_by("pk"))
    page = reverse("heard", args=[territory.code, code])
    for c in rows.prefetch_related(statuses)[:MOST]:
        status, because = status_of(list(c.statuses.all()))
        became = f"Ce que c’est devenu : {status}" + (f", parce que : {because}" if because else "")
        said = [f"{became}."]
        if c.support or c.oppose or c.doubt:
            said.append(f"D’accord : {c.support} ; pas d’accord : {c.oppose} ; "
                        f"j’hésite : {c.doubt}.")  # fmt: skip
        dissent = ""
        if c.minority:
            dissent = "Avis minoritaire, noté comme tel à la table."
        elif c.oppose > c.support:
            dissent = "Ceux qui s’y opposent sont plus nombreux que ceux qui la soutiennent."
        yield Entry(
            timezone.localdate(c.created_at), "voice", f"Parole n° {c.number_shown}", c.text,
            dissent=dissent, href=page, lines=tuple(said), quoted=True,
        )  # fmt: skip


def _workshops(territory: Territory, code: str) -> Iterator[Entry]:
    rows = Event.objects.announced().filter(territory=territory, zone__in=(code, ""))
    now = timezone.now()
    for e in rows.select_related("holder").order_by("-starts_at")[:MOST]:
        said = [e.place]
        if e.state == Event.State.CANCELLED:
            said.append("Annulée.")
        elif e.starts_at > now:
            said.append("À venir.")
        yield Entry(
            timezone.localdate(e.starts_at), "workshop",
            f"{capfirst(e.get_kind_display())} : {e.title}", e.purpose, str(e.holder or territory),
            href=reverse("event", args=[e.pk]), lines=tuple(filter(None, said)),
        )  # fmt: skip


def _answers(territory: Territory, code: str) -> Iterator[Entry]:
    rows = SubjectAnswer.objects.filter(
        subject__territory=territory, subject__zone__in=(code, "")
    ).select_related("subject", "organisation")
    page = reverse("heard", args=[territory.code, code])
    for a in rows.order_by("-pk")[:MOST]:
        yield Entry(
            a.answered_on, "answer", f"Réponse à « {a.subject.title} »", a.text,
            str(a.organisation), href=page, quoted=True,
        )  # fmt: skip


def _actions(territory: Territory, code: str) -> list[Action]:
    """Return the public actions in a neighbourhood or everywhere in its territory."""
    rows = Action.objects.public().filter(roadmap__territory=territory)
    # Neighbourhoods are a list in JSON, which SQLite cannot search.
    return [a for a in rows.select_related("pilot") if not a.zones or code in a.zones]


def _decisions(territory: Territory, actions: Iterable[Action]) -> Iterator[Entry]:
    by_pk = {a.pk: a for a in actions}
    rows = Decision.objects.filter(action__in=by_pk, subject=Decision.Subject.LEVEL)
    for d in rows.order_by("-pk")[:MOST]:
        action = by_pk[d.action_id]
        refused = d.after == Level.ABANDONED
        yield Entry(
            d.decided_on, "decision",
            f"{action.title} : {'idée non retenue' if refused else d.said}", d.reason,
            capfirst(d.get_body_display()),
            dissent="Une idée n’est pas retenue : la raison est dite." if refused else "",
            href=reverse("action_thread", args=[territory.code, action.number]),
        )  # fmt: skip


def _results(territory: Territory, actions: Iterable[Action], code: str) -> Iterator[Entry]:
    by_pk = {a.pk: a for a in actions if a.level != Level.ABANDONED}
    for s in Step.objects.filter(action__in=by_pk, done_on__isnull=False).select_related(
        "organisation"
    )[:MOST]:
        action = by_pk[s.action_id]
        yield Entry(
            s.done_on or action.created_at.date(), "result", f"Étape faite : {s.label}",
            f"Pour l’action « {action.title} ».", str(s.organisation or action.pilot or territory),
            href=reverse("action_thread", args=[territory.code, action.number]),
        )  # fmt: skip
    rows = Observation.objects.filter(Q(tracked__zone="") | Q(tracked__zone=code)).filter(
        tracked__action__in=by_pk
    )
    for o in rows.select_related("tracked").order_by("-pk")[:MOST]:
        action = by_pk[o.tracked.action_id]
        yield Entry(
            o.observed_on, "result", f"{o.tracked.label} : {figure(o.value, o.tracked.unit)}",
            f"Pour l’action « {action.title} ».", o.source or str(territory),
            href=reverse("action_thread", args=[territory.code, action.number]),
        )  # fmt: skip


def _told(stories: Iterable[Story]) -> Iterator[Entry]:
    for s in stories:
        head = s.public_head()
        yield Entry(
            s.published_on or timezone.localdate(s.created_at), "story",
            f"{capfirst(s.get_kind_display())} : {head.title}", markup.plain(head.standfirst),
            head.told_by or ANONYMOUS,
            href=reverse("story", args=[s.territory.code, s.number]), story=s.number,
        )  # fmt: skip
