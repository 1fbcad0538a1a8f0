"""An invented day: what its tables wrote, the solutions, the subjects and their answers.

All of it is fictive and says so; made again, nothing changes.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from labo_web.accounts.models import Organisation, Person, Role
from labo_web.workshops.answers import outcomes
from labo_web.workshops.day import sheets
from labo_web.workshops.models import (
    Contribution,
    Event,
    Reaction,
    SolutionSheet,
    StatusChange,
    Subject,
)
from labo_web.workshops.moderation import moderate

# Names of its rows: the same each time it is made.
NAMES = uuid.UUID("6f0c3c1e-4d2b-4a63-9d0a-5b1d4e7a0c11")
# Words, how they came, then for, against, in doubt; whether a few only think so.
WORDS = (
    ("La médiathèque est fraîche mais elle ferme tout le mois d’août.", "text", 14, 0, 1, False),
    ("En août la médiathèque est fermée, les personnes âgées ne savent plus où aller.",
     "dictated", 9, 0, 0, False),
    ("Il n’y a pas un banc à l’ombre entre l’arrêt de bus et l’école.", "text", 11, 1, 2, False),
    ("Plus d’arbres, d’accord, mais pas devant mes fenêtres : on ne verra plus rien.",
     "text", 2, 8, 3, True),
    ("Au cinquième étage il fait plus chaud dedans que dehors, même la nuit.",
     "dictated", 12, 0, 0, False),
    ("Le jardin partagé manque d’eau dès le mois de juin.", "card", 6, 0, 2, False),
)  # fmt: skip
WITHHELD = "Le voisin du 3 ne se lave jamais, c’est lui qui sent mauvais."
CAUSES = {
    1: (("Pas d’arbres sur la dalle", "Le sol brûle l’après-midi"),
        ("Le sol brûle l’après-midi", "On ne sort plus"),
        ("On ne sort plus", "Les personnes âgées restent seules")),
    2: (("Les volets sont cassés", "Les logements gardent la chaleur"),
        ("Les logements gardent la chaleur", "On dort mal"),
        ("Le sol brûle l’après-midi", "Les logements gardent la chaleur")),
    3: (("La médiathèque ferme en août", "Pas de lieu frais à pied"),
        ("Pas de lieu frais à pied", "On ne sort plus")),
}  # fmt: skip
FUTURES = {
    1: ("high", "high", ("Le 14 juillet 2050, on ferme la rue à midi. Les tables sont sous les "
        "tilleuls. Les enfants servent l’eau de la fontaine, et madame du rez-de-chaussée garde "
        "les clés de la salle fraîche.")),
    2: ("low", "low", ("Chacun a acheté son climatiseur. La rue est plus chaude encore. Ceux qui "
        "n’en ont pas montent dormir chez la famille, loin.")),
    3: ("low", "high", ("La mairie a tout refait sans nous. C’est beau, il fait frais, mais on ne "
        "connaît plus personne au parc.")),
}  # fmt: skip
PATH = {
    "2050": ("De l’ombre partout où l’on marche", "L’entretien coûte cher", "La régie de quartier"),
    "2040": ("Les arbres ont quinze ans", "Les réseaux sous la dalle", "Le bailleur, la métropole"),
    "2030": ("La dalle est ouverte à la terre", "Le parking", "L’école, les parents"),
    "2027": ("Une salle fraîche ouverte en août", "Qui tient les clés ?", "Le centre social"),
}
SOLUTIONS = (
    {
        "title": "Ouvrir une salle fraîche en août, tenue à plusieurs",
        "problem": "La médiathèque ferme en août : il n’y a plus de lieu frais à pied.",
        "public": "Les personnes âgées et les familles sans voiture",
        "place": "La salle du centre social",
        "means": "La salle, des bénévoles, les ventilateurs de l’école",
        "bearer": "Centre social (fictif)",
        "first_step": "Réunir le centre social et la médiathèque pour partager les clés.",
        "effort": 1, "impact": 3, "justice": 3, "dots": 27, "state": "kept",
        "minority": "Pour quelques-uns, c’est à la mairie d’ouvrir la médiathèque, pas aux "
        "bénévoles.",
    },
    {
        "title": "Ouvrir la dalle et y planter des arbres",
        "problem": "Le sol brûle l’après-midi, on ne traverse plus la dalle.",
        "public": "Tout le quartier, d’abord les enfants de l’école",
        "place": "La dalle centrale",
        "means": "Le jardin partagé",
        "first_step": "Faire venir le service des espaces verts sur place, à quinze heures.",
        "effort": 3, "impact": 3, "justice": 2, "dots": 19, "state": "kept",
        "disagreements": "Les places de parking perdues : une table veut les remplacer, une autre "
        "non.",
    },
    {
        "title": "Repeindre les toits en blanc",
        "problem": "Au dernier étage, il fait plus chaud dedans que dehors.",
        "effort": 2, "dots": 4, "state": "later",
    },
)  # fmt: skip


@transaction.atomic
def make_day(event: Event) -> None:
    """Fill an invented gathering with what its tables wrote, and what became of it.

    The first officer of its territory wrote and answered; where there is none, nobody signs.
    """
    if event.solutions.exists():
        return
    role = Role.objects.current().filter(territory=event.territory, kind=Role.Kind.OFFICER).first()
    by = role.person if role else None
    service, _ = Organisation.objects.get_or_create(
        name="Agglomération (fictive)", defaults={"kind": Organisation.Kind.AUTHORITY}
    )
    said = [_say(event, i, *row) for i, row in enumerate(WORDS)]
    for row in said:
        moderate(row, Contribution.State.SHOWN, "", by)
    refused = _say(event, len(WORDS), WITHHELD, "text", 0, 0, 0, False)
    moderate(refused, Contribution.State.WITHHELD, Contribution.Reason.PERSONAL, by)
    for table, links in CAUSES.items():
        content: dict[str, str] = {}
        for line, (cause, effect) in enumerate(links, 1):
            content |= {f"cause_from-{line}": cause, f"cause_to-{line}": effect}
        sheets.save(event, "causes", table, content, base=0, on_paper=table == 2, by=by)
    for table, (first, second, story) in FUTURES.items():
        content = {"first_axis": first, "second_axis": second, "story": story}
        if table == 2:
            content["minority"] = "Deux personnes trouvent ce futur exagéré."
        sheets.save(event, "futurs", table, content, base=0, on_paper=False, by=by)
    path = {
        f"{column}-{year}": words
        for year, cells in PATH.items()
        for column, words in zip(("conditions", "obstacles", "allies"), cells, strict=True)
    }
    sheets.save(event, "chemin", 1, path, base=0, on_paper=True, by=by)
    have = {"asset-1": "Le jardin partagé", "serves-1": "S’asseoir à l’ombre",
            "fragile-1": "Une seule personne a la clé de l’eau"}  # fmt: skip
    sheets.save(event, "ressources", 1, have, base=0, on_paper=False, by=by)
    made = [_solution(event, i, given) for i, given in enumerate(SOLUTIONS, 1)]
    made[0].contributions.set(said[:2])
    made[1].contributions.set([said[2], said[3]])
    _answers(event, said, by, service)


def _say(
    event: Event, i: int, text: str, kind: str, support: int, oppose: int, doubt: int, few: bool
) -> Contribution:
    row = Contribution.objects.create(
        territory=event.territory, event=event, zone=event.zone, kind=kind, text=text,
        client_id=uuid.uuid5(NAMES, f"{event.pk} {i}"), table=str(1 + i % 3), minority=few,
        on_paper=kind == "card", dictated_to="une animatrice" if kind == "dictated" else "",
        created_at=event.starts_at + dt.timedelta(minutes=20 + 5 * i),
    )  # fmt: skip
    for stance, people in (("support", support), ("oppose", oppose), ("doubt", doubt)):
        if people:
            Reaction.objects.create(
                contribution=row, voter=f"papier {stance}", stance=stance, people=people
            )
    return row


def _solution(event: Event, table: int, given: dict[str, object]) -> SolutionSheet:
    day = timezone.localtime(event.starts_at).date() + dt.timedelta(days=80)
    return SolutionSheet.objects.create(
        territory=event.territory, zone=event.zone, event=event, table=table,
        first_step_by=day if "first_step" in given else None, fictive=True, **given,
    )  # fmt: skip


def _answers(
    event: Event, said: list[Contribution], by: Person | None, service: Organisation
) -> None:
    """Open two subjects: one answered, one late, which is told too."""
    held = timezone.localtime(event.starts_at).date()
    common = {"territory": event.territory, "zone": event.zone, "service": service, "fictive": True}
    closed = Subject.objects.create(
        title="La médiathèque ferme en août", due_on=held + dt.timedelta(days=30), **common
    )
    outcomes.group(closed, said[:2], by)
    if by is not None:
        outcomes.answer(
            closed,
            "La médiathèque restera fermée trois semaines en août : il n’y a pas assez d’agents. "
            "La salle du centre social ouvrira l’après-midi, de 13 h à 19 h.",
            by,
        )
    outcomes.change(said[:2], StatusChange.Status.KEPT, by=by)
    trees = Subject.objects.create(
        title="De l’ombre et des bancs entre le bus et l’école",
        due_on=held + dt.timedelta(days=14),
        **common,
    )
    outcomes.group(trees, [said[2]], by)
    outcomes.change(
        [said[3]],
        StatusChange.Status.REFUSED,
        reason="les arbres seront plantés à six mètres des façades : la vue reste dégagée",
        by=by,
    )
