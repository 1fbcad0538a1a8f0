"""« Le fil »: from what was seen to what was committed, and back: a sentence and a date each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from labo_web.accounts.access import is_team
from labo_web.resources.models import Description, Resource
from labo_web.roadmaps import figures, onward
from labo_web.roadmaps.amounts import figure
from labo_web.roadmaps.figures import Figure, Reference
from labo_web.roadmaps.models import Action, Level, Link, Priority, Roadmap, Tracked
from labo_web.workshops.models import Contribution, SolutionSheet, StatusChange

FIRST = 3  # stops of a stage that are not folded
MOST = 300  # words or resources that one page lists
TAKEN_BACK = "reprise par qui l’avait donnée : il n’en reste que le numéro"


@dataclass(frozen=True)
class Stop:
    """A link of the chain: what it is, its sentence, its date, and where it leads."""

    title: str
    sentence: str
    on: dt.date | None
    href: str = ""
    beside: str = ""


@dataclass(frozen=True)
class Stage:
    """A kind of link, its stops, and what is said when there is none."""

    key: str
    title: str
    stops: tuple[Stop, ...]
    empty: str

    @property
    def more(self) -> int:
        """How many stops are folded: a telephone shows the first ones."""
        return max(len(self.stops) - FIRST, 0)


class Names:
    """What words, resources and figures say to whoever asks, in a fixed number of queries."""

    def __init__(
        self, request: HttpRequest, roadmap: Roadmap, links: Sequence[Link],
        priorities: Iterable[Priority] = (),
    ) -> None:  # fmt: skip
        self.request, self.roadmap = request, roadmap
        self.team = is_team(request, roadmap.territory)
        refs = {(x.release_id, x.zone, x.indicator) for x in links if x.release_id}
        refs |= {(p.release_id, p.zone, p.indicator) for p in priorities}
        refs |= {
            (x.priority.release_id, x.priority.zone, x.priority.indicator)
            for x in links
            if x.priority is not None
        }
        self.figures = figures.figures_of(request, roadmap.territory, refs)
        pks = {x.resource_id for x in links if x.resource_id}
        self.resources = resource_names(pks, self.team)

    def figure(self, release: int, zone: str, indicator: str) -> Figure:
        """Return what a reference says."""
        ref: Reference = (release, zone, indicator)
        return self.figures[ref]

    def stop(self, link: Link) -> Stop:
        """Return the far end of a link."""
        code = self.roadmap.territory.code
        page = reverse("thread", args=[code])
        if link.kind == Link.Kind.FIGURE:
            f = self.figure(link.release_id or 0, link.zone, link.indicator)
            return Stop(
                f"{f.place} : {f.label}", link.sentence, link.added_on, figure_page(code, f),
                f"{f.sentence} ({f.dated})" if f.release else f.sentence,
            )  # fmt: skip
        if link.kind == Link.Kind.PRIORITY and link.priority is not None:
            p = link.priority
            f = self.figure(p.release_id, p.zone, p.indicator)
            return Stop(
                f"{f.place} : {f.label}", link.sentence, link.added_on,
                f"{page}#vulnerabilite-{p.pk}", f"Déclarée prioritaire : {p.why}",
            )  # fmt: skip
        if link.kind == Link.Kind.CONTRIBUTION:
            word = link.contribution
            title = f"Parole n° {word.number_shown}" if word else "Parole"
            href = f"{page}#parole-{word.pk}" if word else ""
            return Stop(title, link.sentence, link.added_on, href, quoted(word, self.team))
        if link.kind == Link.Kind.RESOURCE:
            r = link.resource
            name = self.resources.get(r.pk, "") if r and r.withdrawn_at is None else ""
            title = f"{r.number} {name}".strip() if r else "Ressource"
            href = f"{page}#ressource-{r.pk}" if r else ""
            return Stop(title, link.sentence, link.added_on, href, "" if name else TAKEN_BACK)
        sheet = link.solution
        title = f"Fiche solution {sheet}" if sheet else "Fiche solution"
        href = f"{page}#fiche-{sheet.number}" if sheet else ""
        return Stop(title, link.sentence, link.added_on, href, self._dissent(sheet))

    def _dissent(self, sheet: SolutionSheet | None) -> str:
        """Return what a table did not agree on, in its words: for the team, as the sheet is."""
        if sheet is None or not self.team:
            return ""
        told = (("Désaccords", sheet.disagreements), ("Avis de quelques-uns", sheet.minority))
        return " ".join(f"{name} : « {words} »" for name, words in told if words)


def figure_page(code: str, f: Figure) -> str:
    """Return where a figure is read; nowhere where its release is closed to whoever asks."""
    if f.release is None or f.reading is None:
        return ""
    query = f"?livraison={f.release.code}"
    return reverse("indicator", args=[code, f.indicator]) + query


def quoted(word: Contribution | None, team: bool) -> str:
    """Return what somebody said, where it may still be read."""
    if word is None or word.erased_at is not None:
        return TAKEN_BACK
    if word.state != Contribution.State.SHOWN and not team:
        return "pas encore relue"
    return f"« {word.text} »" if word.text else "sans texte (photo ou voix)"


def resource_names(pks: set[int], team: bool) -> dict[int, str]:
    """Return the names of resources; what is not published is named to the team only."""
    if not pks:
        return {}
    rows = Description.objects.newest() if team else Description.objects.published()
    return dict(rows.filter(resource__in=pks).values_list("resource_id", "name"))


LINKS = ("priority", "contribution", "resource", "solution")


def chain(request: HttpRequest, action: Action) -> list[Stage]:
    """Return the thread of an action, from what was seen to what follows."""
    links = list(action.links.filter(removed_on=None).select_related(*LINKS))
    names = Names(request, action.roadmap, links)
    by_kind: dict[str, list[Stop]] = {}
    for link in links:
        by_kind.setdefault(link.kind, []).append(names.stop(link))
    code = action.roadmap.territory.code
    sheet = reverse("action", args=[code, action.number])

    def of(kind: Link.Kind) -> tuple[Stop, ...]:
        return tuple(by_kind.get(kind, ()))

    started = timezone.localdate(action.created_at)
    origin = Stop(
        f"Origine : {action.get_origin_display()}", action.origin_label, started
    )  # fmt: skip
    return [
        Stage("observation", "Ce qui a été observé", of(Link.Kind.FIGURE),
              "Aucun chiffre du diagnostic n’est relié."),
        Stage("parole", "Ce que des habitants ont dit", of(Link.Kind.CONTRIBUTION),
              "Aucune parole n’est reliée."),
        Stage("vulnerabilite", "La vulnérabilité", of(Link.Kind.PRIORITY),
              "Elle ne répond à aucune vulnérabilité déclarée prioritaire."),
        Stage("ressource", "La ressource du quartier", of(Link.Kind.RESOURCE),
              "Aucune ressource du quartier n’est mobilisée."),
        Stage("solution", "La solution", (*of(Link.Kind.SOLUTION), origin), ""),
        Stage("action", "L’action", (
            Stop(str(action), f"{action.first_step} ({action.level_label})", started, sheet),), ""),
        Stage("indicateur", "Les indicateurs qui la suivent", tuple(
            Stop(f"{t.label} ({t.get_kind_display()})", targets(t), t.baseline_on or started,
                 reverse("tracked", args=[code, t.pk]))
            for t in action.tracked.all()), "Aucun indicateur ne la suit."),
        Stage("engagement", "Ce qui a été décidé", tuple(
            Stop(f"{d.get_body_display()} : {d.said}", d.reason, d.decided_on)
            for d in action.decisions.all()), "Rien n’est encore décidé."),
        *following(request, action),
    ]  # fmt: skip


def following(request: HttpRequest, action: Action) -> list[Stage]:
    """Return the end of the thread, that applications above tell; nothing where none does."""
    if not onward.told():
        return []
    rows = onward.following(request, [action]).get(action.pk, ())
    stops = tuple(Stop(x.title, x.sentence, x.on, x.href) for x in rows)
    return [Stage("recit", "Ce qu’on en raconte", stops, "Aucun récit n’en parle.")]


def targets(t: Tracked) -> str:
    """Return the two targets of an indicator, in a sentence."""
    two, three = (
        "pas encore fixée" if target is None else figure(target, t.unit)
        for target in (t.target_2027, t.target_2030)
    )
    return f"Cible 2027 : {two} ; cible 2030 : {three}."


@dataclass(frozen=True)
class Root:
    """Something that actions rest on, and those that do; or what became of it otherwise."""

    pk: int
    title: str
    beside: str
    on: dt.date | None
    actions: tuple[tuple[Action, Link], ...]
    became: str
    href: str = ""
    lacks: bool = False  # what answers it was abandoned


@dataclass(frozen=True)
class Whole:
    """The thread of a territory, from each of its ends."""

    vulnerabilities: tuple[Root, ...]
    words: tuple[Root, ...]
    resources: tuple[Root, ...]
    solutions: tuple[Root, ...]
    loose: tuple[Action, ...]  # actions that rest on nothing
    more: int  # words and resources beyond those that are listed


def whole(request: HttpRequest, roadmap: Roadmap) -> Whole:
    """Return, for all that was seen or said, the actions that answer it and what is missing."""
    team = is_team(request, roadmap.territory)
    links = list(
        Link.objects.filter(action__roadmap=roadmap, removed_on=None)
        .select_related("action", *LINKS)
        .order_by("action__number", "pk")
    )
    priorities = list(roadmap.priorities.filter(withdrawn_on=None))
    names = Names(request, roadmap, links, priorities)
    tied: dict[tuple[str, int], list[tuple[Action, Link]]] = {}
    for x in links:
        for kind in LINKS:
            if (pk := getattr(x, f"{kind}_id")) is not None:
                tied.setdefault((kind, pk), []).append((x.action, x))
    words = Contribution.objects.filter(territory=roadmap.territory, erased_at=None)
    words = (words if team else words.shown()).order_by("-pk")
    kept = Resource.objects.kept().filter(territory=roadmap.territory)
    resources = list(kept[:MOST])
    labels = resource_names({r.pk for r in resources}, team)
    listed = list(words[:MOST])
    status: dict[int, StatusChange] = {}
    for s in StatusChange.objects.filter(contribution__in=listed):
        status[s.contribution_id] = s
    sheets = SolutionSheet.objects.filter(territory=roadmap.territory)[:MOST]
    rested = {x.action_id for x in links}
    return Whole(
        tuple(_vulnerability(p, names, tied) for p in priorities),
        tuple(
            Root(
                w.pk, f"Parole n° {w.number_shown}", quoted(w, team),
                timezone.localdate(w.created_at), tuple(tied.get(("contribution", w.pk), ())),
                _became(status.get(w.pk)),
            )
            for w in listed
        ),
        tuple(
            Root(
                r.pk, f"{r.number} {labels[r.pk]}", r.get_kind_display(),
                timezone.localdate(r.created_at), tuple(tied.get(("resource", r.pk), ())),
                "Aucune action ne s’appuie sur elle.",
            )
            for r in resources
            if r.pk in labels
        ),
        tuple(
            Root(
                s.number, str(s), s.problem, timezone.localdate(s.created_at),
                tuple(tied.get(("solution", s.pk), ())),
                f"Pas encore une action : {s.get_state_display()}.",
            )
            for s in sheets
        ),
        tuple(a for a in roadmap.actions.all() if a.pk not in rested),
        max(words.count() - MOST, 0) + max(kept.count() - MOST, 0),
    )  # fmt: skip


def _vulnerability(
    p: Priority, names: Names, tied: dict[tuple[str, int], list[tuple[Action, Link]]]
) -> Root:
    f = names.figure(p.release_id, p.zone, p.indicator)
    found = tuple(tied.get(("priority", p.pk), ()))
    dead = bool(found) and all(a.level == Level.ABANDONED for a, _ in found)
    said = "Ce qui y répondait est abandonné" if dead else "Aucune action n’y répond"
    return Root(
        p.pk, f"{f.place} : {f.label}", f"{p.why} {f.sentence}", p.declared_on, found,
        f"{said} : elle manque.", figure_page(names.roadmap.territory.code, f), dead,
    )  # fmt: skip


def _became(last: StatusChange | None) -> str:
    if last is None:
        return "Reçue ; rien n’en est encore décidé."
    said = f"{last.label.capitalize()}, le {last.changed_on:%d/%m/%Y}"
    return f"{said} : {last.reason}" if last.reason else f"{said}."
