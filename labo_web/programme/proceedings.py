"""Proceedings of a meeting: made of its rows, frozen when published, read again from what is kept.

What is frozen holds what bodies wrote and figures with the release they come from. Notes and what
people sent by phone are pointed to: what was taken back or set aside since is no longer there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.measure import MEASURES
from labo.typography import curled
from labo_web.accounts.models import Person, Territory
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
from labo_web.grammar import long_date
from labo_web.programme.meeting_access import a_visitor, members_of
from labo_web.programme.meeting_figures import Figure, figures_of, is_still
from labo_web.programme.meeting_slots import timetable
from labo_web.programme.models import Brought, Meeting, Note, Proceedings
from labo_web.releases.models import Release
from labo_web.workshops.models import Contribution
from labo_web.workshops.templatetags.hours import hour

FORMAT = 1
DRAFT = "Brouillon : rien n’en est publié."
NOT_SAID = "pas dit"


def latest(meeting: Meeting) -> list[Brought]:
    """Return the last row of each territory, by name."""
    found: dict[int, Brought] = {}
    rows = meeting.brought.select_related(
        "territory", "release", "action__pilot", "action__roadmap__territory", "organisation"
    )
    for row in rows.order_by("version"):
        found[row.territory_id] = row
    return sorted(found.values(), key=lambda row: row.territory.name)


def is_measure(name: str) -> bool:
    """Return whether the catalogue has a measure of that name."""
    return any(x.id == name for x in MEASURES)


def measure_label(name: str) -> str:
    """Return what a measure of the catalogue is called; nothing where there is none."""
    return next((x.label for x in MEASURES if x.id == name), name)


def content_of(meeting: Meeting) -> dict[str, Any]:
    """Return all that proceedings hold, as plain data: what a visitor may read, and no more."""
    event = meeting.event
    start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
    slots = list(meeting.slots.select_related("territory"))
    hours = timetable(slots, start, end).hours
    rows = {row.territory_id: row for row in latest(meeting)}
    figures = figures_of(a_visitor(), list(rows.values()))
    return {
        "format": FORMAT,
        "title": event.title,
        "programme": meeting.programme.title,
        "purpose": event.purpose,
        "host": event.territory.name,
        "place": event.place,
        "day": start.date().isoformat(),
        "begins": f"{start:%H:%M}",
        "ends": f"{end:%H:%M}",
        "fictive": meeting.fictive,
        "slots": [
            {
                "begins": f"{a:%H:%M}", "ends": f"{b:%H:%M}", "minutes": s.minutes,
                "title": s.title, "who": s.who, "territory": str(s.territory or ""),
            }
            for s, (a, b) in zip(slots, hours, strict=True)
        ],
        "territories": [
            _brought(t.code, t.name, rows.get(t.pk), figures) for t in members_of(meeting.programme)
        ],
        # Pointed to: their words stay in their own row.
        "notes": list(meeting.notes.shown().values_list("pk", flat=True)),
        "words": list(event.contributions.shown().exclude(text="").values_list("pk", flat=True)),
    }  # fmt: skip


def _brought(
    code: str, name: str, row: Brought | None, figures: Mapping[int, Figure]
) -> dict[str, Any]:
    if row is None:
        return {"code": code, "name": name, "lacking": Brought().lacking}
    figure = figures.get(row.pk)
    action = row.action
    public = action is not None and action.published_on is not None
    return {
        "code": code,
        "name": name,
        "by": str(row.organisation or ""),
        "said_on": timezone.localdate(row.saved_at).isoformat(),
        "figure": figure.as_json() if figure else None,
        "finding": row.finding,
        "doubt": row.doubt,
        "solution": {
            "number": action.number_shown if action is not None and public else "",
            "title": action.title if action is not None and public else "",
            "level": action.level_label if action is not None and public else "",
            "measure": measure_label(row.measure or (action.measure if action and public else "")),
            "text": row.solution,
        },
        "story": {"title": row.story_title, "text": row.story, "url": row.story_url},
        "lacking": row.lacking,
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """Return what names a content: the same one gives the same digest."""
    told = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


@transaction.atomic
def publish(meeting: Meeting, because: str, by: Person) -> Proceedings:
    """Freeze what there is now, under the next number."""
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    last = meeting.proceedings.aggregate(last=Max("number"))["last"] or 0
    content = content_of(meeting)
    return Proceedings.objects.create(
        meeting=meeting, number=last + 1, content=content, digest=digest_of(content),
        because=because, signature=by.sign(),
    )  # fmt: skip


@dataclass(frozen=True)
class Pointed:
    """What proceedings point to, as it may be read today."""

    notes: dict[str, list[Note]]
    words: list[Contribution]
    gone: int


def pointed(content: Mapping[str, Any]) -> Pointed:
    """Return the notes and words that are still there, and how many were taken out since."""
    notes = list(
        Note.objects.shown().filter(pk__in=content["notes"]).select_related("territory", "slot")
    )
    words = list(Contribution.objects.shown().filter(pk__in=content["words"]).exclude(text=""))
    by_kind = {kind.value: [n for n in notes if n.kind == kind] for kind in Note.Kind}
    gone = len(content["notes"]) + len(content["words"]) - len(notes) - len(words)
    return Pointed(by_kind, words, gone)


def checked(content: Mapping[str, Any]) -> dict[str, str]:
    """Say of each figure, by territory, whether its release gives the same one today."""
    kept = {t["code"]: t["figure"] for t in content["territories"] if t.get("figure")}
    rows = _named(kept)
    now = figures_of(a_visitor(), rows)
    found = {}
    for row in rows:
        figure, today = kept[row.territory.code], now.get(row.pk)
        if figure["reason"]:
            found[row.territory.code] = f"Pas de chiffre dans ces actes : {figure['reason']}."
        elif is_still(figure, today):
            found[row.territory.code] = "Relu aujourd’hui dans sa livraison : le même chiffre."
        else:
            why = today.reason if today is not None and today.reason else "il a changé"
            found[row.territory.code] = f"Relu aujourd’hui : {why}."
    return found


def _named(kept: Mapping[str, Mapping[str, Any]]) -> list[Brought]:
    """Return what names these figures, ready to be read again; no row of it is written."""
    territories = {t.code: t for t in Territory.objects.filter(code__in=kept)}
    releases = Release.objects.filter(territory__code__in=kept).only("pk", "digest", "territory")
    by_code = {r.code: r.pk for r in releases}
    return [
        Brought(
            pk=n, territory=territories[code], release_id=by_code.get(figure["release"], -1),
            zone=figure["zone"], indicator=figure["indicator"],
        )
        for n, (code, figure) in enumerate(sorted(kept.items()), start=1)
        if code in territories
    ]  # fmt: skip


def document(content: Mapping[str, Any], *, number: int = 0, digest: str = "") -> Blocks:
    """Return proceedings as a document; without a number they are a draft."""
    day = dt.date.fromisoformat(content["day"])
    date = long_date(day)
    warning = "Données fictives : cette rencontre est inventée." if content["fictive"] else ""
    named = f"Actes n° {number}, empreinte {digest[:12]}" if number else DRAFT
    edition = plain_edition(
        content["programme"], f"{content['title']}, {date}. {named}.", day,
        " ".join(filter(None, (warning, "" if number else DRAFT))),
    )  # fmt: skip
    found = pointed(content)
    parts: list[Block] = [
        text(
            f"{content['programme']}. Rencontre inter-régionale, le {date}, de "
            f"{hour(content['begins'])} à {hour(content['ends'])}. Accueil : {content['host']}, "
            f"{content['place']}."
        ),
        *([text(content["purpose"])] if content["purpose"] else []),
        text(
            "Chaque territoire apporte un constat, un doute, une solution et un récit. Un constat "
            "est une valeur d’une livraison : on peut la relire à l’adresse dite."
        ),
    ]
    if content["slots"]:
        parts.append(heading("Le déroulé"))
        rows = [
            (f"{hour(s['begins'])} – {hour(s['ends'])}", s["title"],
             ", ".join(filter(None, (s["who"], s["territory"]))) or "tous")
            for s in content["slots"]
        ]  # fmt: skip
        parts.append(table(("Heures", "Ce que l’on fait", "Qui"), rows))
    parts.append(heading("Ce que chaque territoire apporte"))
    for t in content["territories"]:
        parts += _territory(t)
    parts += _decided(found)
    for kind, title, empty in (
        (Note.Kind.SAID, "Ce qui a été dit", "Aucune note n’a été relue."),
        (Note.Kind.DISAGREED, "Les désaccords",
         "Aucun n’a été noté. Cela ne veut pas dire qu’il n’y en a pas eu."),
        (Note.Kind.QUESTION, "Les questions restées ouvertes", "Aucune n’a été notée."),
    ):  # fmt: skip
        notes = found.notes[kind]
        parts.append(heading(title))
        parts += [quote(n.text, beside(n)) for n in notes] or [text(empty)]
    if found.words:
        parts.append(heading("Ce que les personnes présentes ont envoyé"))
        parts += [quote(c.text, f"n° {c.number_shown}") for c in found.words]
    if found.gone:
        parts.append(text(gone_said(found.gone)))
    parts += _figures(content["territories"])
    if number:
        parts.append(text(f"Actes n° {number}. Empreinte du contenu (sha256) : {digest}"))
    return Blocks(edition, f"Actes : {content['title']}", tuple(parts))


def gone_said(many: int) -> str:
    """Say that something was taken out since, and how much."""
    if many == 1:
        return "Une note ou une parole de ces actes a été retirée depuis."
    return f"{many} notes ou paroles de ces actes ont été retirées depuis."


def beside(note: Note) -> str:
    """Return from where and when in the day a note is."""
    where = [str(note.territory or ""), note.slot.title if note.slot else ""]
    return ", ".join(filter(None, where))


def _territory(t: Mapping[str, Any]) -> list[Block]:
    made = [heading(t["name"], 2)]
    if "by" not in t:
        return [*made, text("Ce territoire n’a encore rien apporté.")]
    if t["by"]:
        made.append(text(f"Apporté par : {t['by']}."))
    made += [heading("Un constat", 3), *_finding(t)]
    made += [heading("Un doute", 3), text(t["doubt"] or NOT_SAID)]
    made += [heading("Une solution", 3), text(solution_said(t["solution"]) or NOT_SAID)]
    story = t["story"]
    made.append(heading(f"Un récit : {story['title']}" if story["title"] else "Un récit", 3))
    made += [text(line) for line in story["text"].splitlines() if line.strip()] or [text(NOT_SAID)]
    if story["url"]:
        made.append(text(f"En entier : {story['url']}"))
    return made


def solution_said(solution: Mapping[str, str]) -> str:
    """Return a solution in sentences: the action, the measure, the words of the territory."""
    action = " ".join(filter(None, (solution["number"], solution["title"])))
    level = f" ({solution['level']})" if solution["level"] else ""
    said = [f"{action}{level}." if action else ""]
    if solution["measure"] and curled(solution["measure"]) not in curled(action):
        said.append(f"Du catalogue : {solution['measure']}.")
    return " ".join(filter(None, (*said, solution["text"])))


def _finding(t: Mapping[str, Any]) -> list[Block]:
    figure = t["figure"]
    if figure is None:
        return [text(t["finding"] or NOT_SAID)]
    if figure["reason"]:
        told = [text(f"{figure['label']}, {figure['zone_name']} : pas de chiffre ici, "
                     f"{figure['reason']}.")]  # fmt: skip
    else:
        told = [text(figure_said(figure))]
    return [*told, *([text(t["finding"])] if t["finding"] else [])]


def figure_said(figure: Mapping[str, Any]) -> str:
    """Return a figure in a sentence, with its interval and where it is from."""
    span = f" Intervalle, neuf fois sur dix : {figure['interval']}." if figure["interval"] else ""
    return (
        f"{figure['zone_name']} : {figure['sentence']}{span} Livraison {figure['release']}, "
        f"ouverte le {figure['day']}."
    )


def _decided(found: Pointed) -> list[Block]:
    notes = found.notes[Note.Kind.DECIDED]
    made = [heading("Ce qui a été décidé")]
    if not notes:
        return [*made, text("Aucune décision n’a été notée.")]
    rows = [(n.text, n.bearer, long_date(n.due_on) if n.due_on else NOT_SAID) for n in notes]
    return [*made, table(("Décision", "Qui s’en charge", "Pour le"), rows)]


def _figures(territories: Iterable[Mapping[str, Any]]) -> list[Block]:
    lines = [
        f"{t['name']} : {f['label']}, {f['zone_name']}, livraison {f['release']}. "
        f"Sources : {' ; '.join(f['sources'])}."
        for t in territories
        if (f := t.get("figure")) and not f["reason"]
    ]
    return [heading("D’où viennent les chiffres"), bullets(lines)] if lines else []
