"""`labo-web demo_workshops`: invented events of fictive territories (debug only)."""

import datetime as dt
import random
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from labo_web.accounts.models import Territory
from labo_web.releases.models import Release
from labo_web.workshops.demo_day import make_day
from labo_web.workshops.keeping import Said, count_hands, keep, upsert_ballot
from labo_web.workshops.models import (
    Ballot,
    Choice,
    Contribution,
    Evaluation,
    Event,
    FresqueSheet,
    Headcount,
    Hours,
    Question,
)
from labo_web.workshops.moderation import moderate
from labo_web.workshops.presence import cumulate

PLACE = "Maison de quartier (inventée)"
# (kind, title, days from today, level, what may change).
EVENTS: tuple[tuple[str, str, int, str, str], ...] = (
    ("walk", "Marche de l’après-midi chaud", -75, "consult", "Les endroits à ombrager d’abord"),
    ("fresque", "Fresque du climat au centre social", -52, "inform", ""),
    ("foresight", "Journée prospective : du diagnostic aux solutions", -20, "build",
     "Les solutions, leur ordre, et qui les porte"),
    ("foresight", "Atelier de l’été : par quoi commencer ?", 0, "build",
     "L’ordre des travaux et les lieux"),
    ("meeting", "Réunion publique : les résultats, et la suite", 16, "concert",
     "Le calendrier de la première année"),
    ("walk", "Marche du soir, après la chaleur", 24, "consult", "Les bancs et les points d’eau"),
)  # fmt: skip
SAID: tuple[tuple[str, tuple[int, int, int], bool], ...] = (
    ("L’arrêt de bus est en plein soleil de midi à six heures.", (9, 0, 1), False),
    ("Au troisième étage, on ne dort plus dès que les nuits sont chaudes.", (11, 0, 2), False),
    ("La salle de la bibliothèque est fraîche, mais elle ferme en août.", (8, 1, 1), False),
    ("Il faut planter devant l’école avant tout.", (7, 5, 2), False),
    ("Plus d’arbres, c’est moins de places pour se garer, et je travaille de nuit.",
     (5, 7, 3), True),
    ("Les volets, c’est au bailleur de les payer.", (6, 2, 6), False),
    ("Ma voisine apporte de l’eau aux personnes seules de l’escalier.", (10, 0, 0), False),
    ("La fontaine de la place ne marche plus depuis deux étés.", (9, 0, 0), False),
    ("On nous a déjà demandé tout ça, et rien n’a changé.", (6, 1, 5), True),
)  # fmt: skip
WAITING = (
    "Le terrain derrière les garages pourrait être un jardin.",
    "Il fait meilleur dans la cour du collège, pourquoi est-elle fermée le soir ?",
)
CHOICES = (
    "De l’ombre devant l’école", "Des volets aux façades sud",
    "Une salle fraîche ouverte en août", "La fontaine réparée",
)  # fmt: skip


class Command(BaseCommand):
    """Makes events, words and votes that nobody said; made again, nothing changes."""

    help = "Crée des rencontres inventées dans les territoires fictifs (en débogage seulement)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do so in each of them."""
        if not settings.DEBUG:
            raise CommandError("Une démonstration ne se prépare qu’avec LABO_DEBUG=1.")
        fictive = Release.objects.filter(fictive=True).values("territory")
        for territory in Territory.objects.filter(pk__in=fictive):
            if Event.objects.filter(territory=territory).exists():
                continue
            self._make(territory)
            self.stdout.write(f"{territory} : des rencontres inventées")

    @transaction.atomic
    def _make(self, territory: Territory) -> None:
        chance = random.Random(territory.code)  # noqa: S311 (nothing here is secret)
        release = territory.releases.order_by("-pk")[0]
        zones = list(
            release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True)
        )
        now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
        for i, (kind, title, days, level, negotiable) in enumerate(EVENTS):
            # The one whose room is open is held now, whatever the hour.
            start = (now + dt.timedelta(days=days)).replace(hour=14) if days else now
            event = Event.objects.create(
                territory=territory,
                zone=zones[i % len(zones)] if zones else "",
                kind=kind,
                state=Event.State.ANNOUNCED,
                title=title,
                purpose="Rencontre inventée pour la démonstration.",
                starts_at=start,
                ends_at=start + dt.timedelta(hours=3),
                place=PLACE,
                accessibility="De plain-pied, toilettes adaptées.",
                childcare="Sur place, dès 3 ans.",
                languages="Français, arabe, turc.",
                level=level,
                negotiable=negotiable,
                settled="Le budget de l’année est voté.",
                capacity=40,
                opened_at=start if days <= 0 else None,
                closed_at=start + dt.timedelta(hours=3) if days < 0 else None,
                fictive=True,
            )
            if days < 0:
                self._count(event, chance)
            if kind == "fresque":
                self._fresque(event)
            elif kind == "foresight":
                self._room(event, chance)
            if kind == "foresight" and days < 0:
                make_day(event)
        cumulate(territory)

    def _count(self, event: Event, chance: random.Random) -> None:
        people = chance.randint(22, 34)
        here, women = people - chance.randint(11, 14), people - chance.randint(11, 13)
        counts = {
            ("present", "present"): people,
            ("home", "here"): here, ("home", "elsewhere"): (people - here) // 2,
            ("gender", "women"): women, ("gender", "men"): people - women,
        }  # fmt: skip
        Headcount.objects.bulk_create(
            Headcount(event=event, trait=trait, answer=answer, people=n)
            for (trait, answer), n in counts.items()
        )
        Evaluation.objects.bulk_create(
            Evaluation(
                event=event, moment="after", knowledge=chance.randint(3, 5),
                power=chance.randint(2, 4), heard=chance.randint(2, 5),
                satisfaction=chance.randint(3, 5), client_id=uuid.UUID(int=chance.getrandbits(128)),
                given_on=event.starts_at.date(),
            )
            for _ in range(people // 2)
        )  # fmt: skip
        Hours.objects.create(
            event=event, who="residents", people=people - 8, each=Decimal(3), paid="voucher",
            euros=Decimal(20 * (people - 8)),
        )  # fmt: skip
        Hours.objects.create(
            event=event, who="associations", people=4, each=Decimal(5), paid="agreement"
        )

    def _fresque(self, event: Event) -> None:
        present = event.headcounts.get(trait="present").people
        FresqueSheet.objects.create(
            event=event, licence="volunteer", audience="residents",
            public="Un cours de français", tables=3, leaders=2, registered=21,
            present=present, minutes=180,
        )  # fmt: skip
        asked = (
            ("Quelles questions sont venues ?", "Pourquoi fait-il plus chaud ici qu’au centre ?"),
            ("Quelles intentions sont venues ?", "Relever la température chez soi tout l’été."),
        )
        for i, (question, text) in enumerate(asked, start=1):
            row = Question.objects.create(event=event, position=i, kind="say", text=question)
            keep(event, "", self._said(event, text, row, on_paper=True))

    def _room(self, event: Event, chance: random.Random) -> None:
        say = Question.objects.create(
            event=event, position=1, kind="say", text="Où a-t-on chaud, et qui en souffre ?"
        )
        dots = Question.objects.create(
            event=event, position=2, kind="dots", text="Par quoi commencer ?", dots=3
        )
        Question.objects.create(
            event=event, position=3, kind="weights", index="canicule",
            text="Pour dire qui est exposé à la canicule, qu’est-ce qui compte le plus ?",
        )  # fmt: skip
        choices = [
            Choice.objects.create(question=dots, position=i, text=text)
            for i, text in enumerate(CHOICES, start=1)
        ]
        for n, (text, (support, oppose, doubt), minority) in enumerate(SAID):
            said = self._said(event, text, say, on_paper=True, table=str(n % 4 + 1))
            row = keep(event, "", said)
            row.minority = minority
            row.save(update_fields=["minority"])
            count_hands(row, {"support": support, "oppose": oppose, "doubt": doubt})
            moderate(row, Contribution.State.SHOWN, "", None)
        for text in WAITING:
            keep(event, "", self._said(event, text, say, on_paper=True))
        for n in range(18):
            put = [str(chance.choice(choices).pk) for _ in range(3)]
            content = {str(c.pk): put.count(str(c.pk)) for c in choices}
            upsert_ballot(Ballot(question=dots, voter=f"invente {n}", content=content))

    def _said(self, event: Event, text: str, question: Question, **fields: Any) -> Said:
        number = uuid.uuid5(uuid.NAMESPACE_URL, f"{event.territory.code} {event.title} {text}")
        return Said(
            client_id=number, kind=Contribution.Kind.CARD, text=text, question=question, **fields
        )
