"""The evening's documents: a report that people recognise, and drafts of action sheets.

They hold what people wrote, with their numbers, and what they disagreed on; nothing is summed up.
Made on request from the rows of now: what was taken back is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils import timezone

from labo_web.documents.blocks import (
    Block,
    Blocks,
    bullets,
    heading,
    plain_edition,
    quote,
    table,
    text,
)
from labo_web.documents.facts import Edition
from labo_web.grammar import long_date
from labo_web.releases import findings
from labo_web.releases.access import releases_for
from labo_web.releases.models import Zone
from labo_web.workshops.day import graph, sheets
from labo_web.workshops.day.told import assets_of, dissents, path_of, quadrants, stops_of
from labo_web.workshops.kit.grids import RATINGS
from labo_web.workshops.kit.tongues import FRENCH
from labo_web.workshops.models import Contribution, Event, SolutionSheet, Subject

TO_COMPLETE = "à compléter"
DRAFT = "Brouillon : à relire avec celles et ceux qui étaient là."
LEVELS = {None: "pas discuté", 1: "1, petit", 2: "2, moyen", 3: "3, grand"}


def _edition(event: Event) -> Edition:
    day = timezone.localtime(event.starts_at).date()
    date = long_date(day)
    warning = "Données fictives : cette rencontre est inventée." if event.fictive else DRAFT
    return plain_edition(event.territory.name, f"{event.title}, {date}. {DRAFT}", day, warning)


def report(request: HttpRequest, event: Event) -> Blocks:
    """Return the report of a gathering."""
    found = sheets.latest(event)
    solutions = solutions_of(event)
    parts: list[Block] = [
        *_frame(event),
        *_facts(request, event),
        *_words(event),
    ]
    links = graph.links_of(s for (grid, _), s in found.items() if grid == "causes")
    if drawn := graph.drawing(links):
        parts += [heading("Les causes"), Block("drawing", drawing=drawn)]
        parts.append(
            bullets(
                [f"{x.cause} → {x.effect} (table {', '.join(map(str, x.tables))})" for x in links]
            )
        )
    if stops := stops_of(found):
        parts.append(heading("Les arrêts de la marche"))
        for stop in stops:
            parts.append(heading(f"Arrêt {stop['table']} {stop['where']}".strip(), 2))
            notes = [
                f"{FRENCH[name]} : {rating} sur 5"
                for name, rating in zip(RATINGS, stop["ratings"], strict=True)
                if rating
            ]
            parts.append(text(" ; ".join(notes) or "Aucune note."))
            parts += [quote(stop[k], FRENCH[k]) for k in ("helps", "bothers") if stop[k]]
    if futures := quadrants(found):
        parts.append(heading("Quatre futurs de 2050"))
        for q in futures:
            parts.append(heading(q["title"], 2))
            parts += [quote(story, f"table {t}") for t, story in q["stories"]]
            if not q["stories"]:
                parts.append(text("Aucune table n’a pris ce futur."))
    if path := path_of(found):
        parts.append(heading("De 2050 à 2027"))
        head = ("Date, table", FRENCH["conditions"], FRENCH["obstacles"], FRENCH["allies"])
        rows = [(f"{year}, table {t}", *cells) for year, lines in path for t, cells in lines]
        parts.append(table(head, rows))
    if assets := assets_of(found):
        parts.append(heading("Ce qu’on a déjà ici"))
        head = ("Table", FRENCH["asset"], FRENCH["serves"], FRENCH["fragile"])
        parts.append(table(head, [(str(t), *cells) for t, cells in assets]))
    parts.append(heading("Les solutions"))
    for s in solutions:
        parts += _solution(s)
    if not solutions:
        parts.append(text("Aucune fiche solution n’a été écrite."))
    parts.append(heading("Désaccords et avis de quelques-uns"))
    told = dissents(found, solutions)
    parts += [quote(words, f"{kind}, {where}") for where, kind, words in told]
    if not told:
        parts.append(text("Aucun n’a été écrit. Cela ne veut pas dire qu’il n’y en a pas eu."))
    parts += _next(event)
    return Blocks(_edition(event), f"Compte rendu : {event.title}", tuple(parts))


def solutions_of(event: Event) -> list[SolutionSheet]:
    """Return the solutions of a gathering, those with most dots first; unvoted ones last."""
    rows = event.solutions.prefetch_related("contributions", "resources__descriptions")
    return sorted(rows, key=lambda s: (s.dots is None, -(s.dots or 0), s.number))


def _frame(event: Event) -> list[Block]:
    day = long_date(timezone.localtime(event.starts_at))
    lines = [f"{event.get_kind_display().capitalize()}, le {day}, {event.place}."]
    lines.append(f"Niveau de participation : {event.get_level_display()}.")
    if event.negotiable:
        lines.append(f"Ce qui peut changer : {event.negotiable}")
    if event.settled:
        lines.append(f"Ce qui est déjà décidé : {event.settled}")
    return [text(" ".join(lines[:2])), *([bullets(lines[2:])] if lines[2:] else [])]


def _facts(request: HttpRequest, event: Event) -> list[Block]:
    """Return the findings that the day began with, as whoever asks may read them."""
    if not event.zone:
        return []
    release = releases_for(request, event.territory.code)[0]
    here = Zone.objects.filter(release=release, code=event.zone).first()
    if here is None:
        return []
    here.release = release
    told = {part.key: part for part in findings.of(request, here).parts}
    lines = [line.text for line in told["findings"].lines if not line.missing]
    doubts = [line.text for line in told["doubts"].lines if not line.missing]
    made = [heading("Ce que disent les chiffres"), bullets(lines or [told["findings"].empty])]
    if doubts:
        made += [heading("Ce qu’on ne sait pas bien", 2), bullets(doubts)]
    made.append(text(f"Livraison {release.code}. Chaque chiffre a son intervalle, 9 fois sur 10."))
    return made


def _words(event: Event) -> list[Block]:
    """Return what people said, once it was moderated, with its number and what others thought."""
    said = list(event.contributions.shown().with_stances().exclude(text=""))
    waiting = event.contributions.filter(state=Contribution.State.RECEIVED, erased_at=None).count()
    made = [heading("Ce que les gens ont dit")]
    made += [quote(c.text, beside_of(c)) for c in said]
    if not said:
        made.append(text("Aucune parole n’est encore relue."))
    if waiting:
        made.append(
            text(
                f"{waiting} parole{'s' if waiting > 1 else ''} à relire, "
                f"absente{'s' if waiting > 1 else ''} du compte rendu."
            )
        )
    return made


def beside_of(c: Contribution) -> str:
    """Return the number of a contribution, how it came and what others thought of it."""
    told = [f"n° {c.number_shown}"]
    if c.kind == Contribution.Kind.DICTATED:
        told.append("recueilli oralement")
    if c.table:
        told.append(f"table {c.table}")
    counts = (
        (c.support, "d’accord"),
        (c.oppose, "pas d’accord"),
        (c.doubt, "hésitent" if c.doubt > 1 else "hésite"),
    )
    told += [f"{many} {word}" for many, word in counts if many]
    if c.minority:
        told.append("avis minoritaire")
    return ", ".join(told)


def _solution(s: SolutionSheet) -> list[Block]:
    made = [heading(f"{s.number_shown} {s.title}", 2)]
    vote = "pas de vote" if s.dots is None else f"{s.dots} gommettes"
    made.append(text(f"{s.get_state_display().capitalize()} ; {vote}."))
    rows = (
        ("Quel problème", s.problem),
        ("Pour qui", s.public),
        ("Dans quel lieu", s.place),
        ("Avec quoi", _means(s)),
        ("Qui s’en occupe", s.bearer),
        ("Premier pas, dans les 90 jours", _first_step(s)),
    )
    made.append(bullets([f"{label} : {said or 'pas écrit'}" for label, said in rows]))
    made.append(
        text(
            f"Effort : {LEVELS[s.effort]}. Effet : {LEVELS[s.impact]}. "
            f"Justice : {LEVELS[s.justice]}."
        )
    )
    made += _from(s)
    return made


def _from(s: SolutionSheet) -> list[Block]:
    """Return the words that a solution comes from, those that may be shown."""
    rows = [c for c in s.contributions.shown().with_stances() if c.text]
    return [quote(c.text, beside_of(c)) for c in rows]


def _first_step(s: SolutionSheet) -> str:
    if s.first_step_by is None:
        return s.first_step
    by = long_date(s.first_step_by)
    return f"{s.first_step} (au plus tard le {by})".strip()


def _means(s: SolutionSheet) -> str:
    named = [f"{r.number}" for r in s.resources.kept()]
    return " ; ".join(filter(None, (s.means, ", ".join(named))))


def _next(event: Event) -> list[Block]:
    """Return what happens now: numbers, and the services that will answer, with their day."""
    lines = ["Chaque parole a un numéro : il permet de suivre ce qu’elle devient."]
    said = event.contributions.filter(erased_at=None)
    for subject in Subject.objects.filter(contributions__in=said).distinct().order_by("due_on"):
        due = long_date(subject.due_on)
        lines.append(f"{subject.title} : {subject.service} répond au plus tard le {due}.")
    lines.append(
        "Les fiches solution sont discutées ensuite, puis deviennent, ou non, des fiches action : "
        "la raison est dite dans les deux cas."
    )
    return [heading("Et après"), bullets(lines)]


def actions(event: Event) -> Blocks:
    """Return drafts of action sheets: of the solutions that were kept, or of all before a vote."""
    rows = solutions_of(event)
    kept = [s for s in rows if s.state == SolutionSheet.State.KEPT] or rows
    parts: list[Block] = [
        text(
            f"Ces brouillons reprennent les fiches solution de la journée, avec leurs mots. "
            f"« {TO_COMPLETE} » veut dire que personne ne l’a encore dit : rien n’est inventé."
        )
    ]
    for s in kept:
        parts += _action(s, event.zone_name)
    if not kept:
        parts.append(text("Aucune fiche solution n’a été écrite."))
    name = f"Brouillon des fiches action : {event.title}"
    return Blocks(_edition(event), name, tuple(parts))


def _action(s: SolutionSheet, neighbourhood: str) -> list[Block]:
    rows: Sequence[tuple[str, str]] = (
        ("Numéro de la fiche solution", s.number_shown),
        ("Quartier", neighbourhood or "tout le territoire"),
        ("Constat", s.problem),
        ("Public cible", s.public),
        ("Lieu", s.place),
        ("Objectif, mesurable et daté", ""),
        ("Descriptif et étapes", ""),
        ("Première étape, dans les 90 jours", _first_step(s)),
        ("Ressources du quartier mobilisées", _means(s)),
        ("Pilote", s.bearer),
        ("Partenaires", ""),
        ("Qui y gagne", ""),
        ("Qui pourrait y perdre", ""),
        ("Coût et entretien sur dix ans", ""),
        ("Plan de financement : droit commun d’abord", ""),
        ("Indicateurs : valeur de départ, cible 2027, cible 2030", ""),
        ("Risques de maladaptation", ""),
        ("Effort, effet, justice (de 1 à 3)",
         f"{LEVELS[s.effort]} ; {LEVELS[s.impact]} ; {LEVELS[s.justice]}"),
        ("Désaccords", s.disagreements),
        ("Avis de quelques-uns", s.minority),
        ("Validation : instance et date", ""),
    )  # fmt: skip
    empty = {"Désaccords": "aucun n’est écrit", "Avis de quelques-uns": "aucun n’est écrit"}
    made = [heading(s.title)]
    told = [(label, said or empty.get(label, TO_COMPLETE)) for label, said in rows]
    made.append(table(("Rubrique", "Ce que dit la journée"), told))
    return [*made, *_from(s)]
