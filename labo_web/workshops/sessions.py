"""The sheet of a session: who came, where, with what right, what questions and intentions came.

It is linked to its neighbourhood. What people thought is never told of one session: it is shown
with all the events of the territory, as `presence` publishes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils import timezone

from labo_web.documents.blocks import (
    Block,
    Blocks,
    bullets,
    heading,
    plain_edition,
    table,
    text,
)
from labo_web.grammar import long_date
from labo_web.workshops.formats import Format, format_of
from labo_web.workshops.models import Contribution, Cumulation, Event, FresqueSheet
from labo_web.workshops.presence import FEWEST, Part, parts_of
from labo_web.workshops.templatetags.hours import hour

ALONE = "Sans question"
UNSAID = "pas dit"
BLANK_LINES = 8  # for each question, on a sheet that is filled in with a pen
TEAM_ONLY = "Document de l’équipe : les effectifs d’une séance seule ne se publient pas."


@dataclass(frozen=True)
class Line:
    """What was said, and how many times in the same words."""

    text: str
    times: int
    subject: str


@dataclass(frozen=True)
class Came:
    """What came to one question: same words once, those of one subject together."""

    question: str
    lines: tuple[Line, ...]


def came_of(event: Event) -> tuple[Came, ...]:
    """Return what came and was let through, by question: no name, no table, no number."""
    rows = event.contributions.shown().exclude(text="")
    rows = rows.select_related("question", "grouping__subject")
    found: dict[str, dict[str, list[Contribution]]] = {}
    for row in rows.order_by("question__position", "pk"):
        question = row.question.text if row.question else ALONE
        found.setdefault(question, {}).setdefault(_same(row.text), []).append(row)
    return tuple(
        Came(
            question,
            tuple(
                sorted(
                    (Line(same[0].text, len(same), _subject(same[0])) for same in said.values()),
                    # Stable: otherwise as they came.
                    key=lambda line: (line.subject == "", line.subject, -line.times),
                )
            ),
        )
        for question, said in found.items()
    )


def _same(words: str) -> str:
    """Return what two ways of writing the same thing have in common."""
    return " ".join(re.findall(r"\w+", words.casefold()))


def _subject(row: Contribution) -> str:
    grouping = getattr(row, "grouping", None)
    return grouping.subject.title if grouping else ""


@dataclass(frozen=True)
class Session:
    """A session, ready to be shown or printed."""

    event: Event
    format: Format
    sheet: FresqueSheet | None
    came: tuple[Came, ...]
    waiting: int
    parts: list[Part]
    counted: int | None

    @property
    def remarks(self) -> list[str]:
        """What is out of the ordinary."""
        return self.format.remarks(self.sheet) if self.sheet else []

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What a session is known by, label by label: when, where, for whom, how many."""
        e, s = self.event, self.sheet
        begin, end = timezone.localtime(e.starts_at), timezone.localtime(e.ends_at)
        day = long_date(begin, "l j F Y")
        found = [
            ("Format", self.format.label),
            ("Quand", f"{day}, de {hour(begin)} à {hour(end)}"),
            ("Lieu", e.place),
            ("Quartier", e.zone_name or "tout le territoire"),
        ]
        if s is None:
            return found
        audience = s.get_audience_display() or UNSAID
        return [
            *found,
            ("Pour qui", f"{audience}{f' ({s.public})' if s.public else ''}"),
            ("Personnes présentes", str(s.present)),
            ("Tables", str(s.tables)),
            ("Personnes qui ont animé", str(s.leaders)),
            ("Durée", f"{s.minutes} minutes" if s.minutes is not None else UNSAID),
            ("Droit d’usage", s.get_licence_display()),
        ]

    @property
    def more(self) -> list[tuple[str, str]]:
        """What else the sheet says, where somebody told it."""
        e, s = self.event, self.sheet
        found = [
            ("Territoire", str(e.territory)),
            ("Organisée par", str(e.holder or UNSAID)),
            ("Langues proposées", e.languages or UNSAID),
            ("Accessibilité", e.accessibility or UNSAID),
        ]
        if s is None:
            return found
        return [
            *found,
            ("Personnes inscrites", UNSAID if s.registered is None else str(s.registered)),
            ("Salle", s.room or UNSAID),
            ("Pièce", s.licence_note or UNSAID),
        ]


def session_of(event: Event) -> Session | None:
    """Return the session of an event, where its format has a sheet."""
    found = format_of(event)
    if found is None:
        return None
    last = Cumulation.objects.filter(territory=event.territory).first()
    waiting = event.contributions.filter(state=Contribution.State.RECEIVED, erased_at=None)
    return Session(
        event=event,
        format=found,
        sheet=getattr(event, "fresque", None),
        came=came_of(event),
        waiting=waiting.count(),
        parts=[p for p in parts_of(last.shown) if p.title.startswith("«")] if last else [],
        counted=last.events if last else None,
    )


def document(session: Session, address: str) -> Blocks:
    """Return the sheet to print; what nobody has typed yet has room for a pen."""
    e = session.event
    day = timezone.localtime(e.starts_at).date()
    warning = "Données fictives : cette séance est inventée." if e.fictive else TEAM_ONLY
    date = long_date(day)
    edition = plain_edition(str(e.territory), f"{e.title}, {date}. {TEAM_ONLY}", day, warning)
    parts: list[Block] = [table(("Rubrique", "Cette séance"), [*session.asked, *session.more])]
    if session.sheet is None:
        empty = ("Pour qui", "Droit d’usage", "Salle et tables", "Personnes qui ont animé",
                 "Personnes inscrites", "Personnes présentes", "Durée")  # fmt: skip
        parts.append(heading("À remplir au stylo"))
        parts.append(table(("Rubrique", "Réponse"), [(x, "") for x in empty]))
    if session.remarks:
        parts += [heading("Ce qui sort de l’ordinaire"), bullets(session.remarks)]
    parts.append(text(session.format.rights))
    told = {came.question: came.lines for came in session.came}
    for question in dict.fromkeys((*session.format.asked, *told)):
        parts.append(heading(question))
        lines = told.get(question, ())
        if lines:
            parts.append(bullets([said(line) for line in lines]))
        else:
            blank = [(str(n), "") for n in range(1, BLANK_LINES + 1)]
            parts.append(table(("Ligne", "Mot pour mot, sans nom"), blank))
    if session.waiting:
        parts.append(text(f"{session.waiting} à relire : absentes de cette fiche."))
    parts += _thought(session)
    parts.append(text(f"Le quartier en ligne : {address}"))
    return Blocks(edition, f"Fiche de séance : {e.title}", tuple(parts))


def said(line: Line) -> str:
    """Return a line as it is printed."""
    beside = [line.subject, f"{line.times} fois" if line.times > 1 else ""]
    told = ", ".join(filter(None, beside))
    return f"{line.text} ({told})" if told else line.text


def _thought(session: Session) -> list[Block]:
    made = [heading("Ce que les personnes en ont pensé")]
    if not session.parts:
        made.append(
            text(
                f"Rien n’est montré : il faut au moins {FEWEST} réponses dans chaque groupe, "
                "toutes rencontres du territoire ensemble."
            )
        )
        return made
    made.append(
        text(
            f"Toutes rencontres du territoire ensemble ({session.counted}) : une séance seule "
            f"n’est jamais montrée au public. Groupes de {FEWEST} réponses ou plus."
        )
    )
    for part in session.parts:
        rows = [(r.label, str(r.people)) for r in part.rows]
        made += [heading(f"{part.title} ({part.total} réponses)", 2),
                 table(("Réponse", "Personnes"), rows)]  # fmt: skip
    return made
