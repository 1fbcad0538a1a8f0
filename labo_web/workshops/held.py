"""A meeting that was held already, written down on one page: what was, who came, what came.

It makes what preparing, recording and typing would have made: the event, its count, the sheet of
its format, and what came, which waits to be read over like everything else that is said.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar, cast

from django import forms
from django.db import transaction
from django.utils import timezone

from labo_web.accounts.models import Organisation, Territory
from labo_web.workshops import keeping, places
from labo_web.workshops.event_forms import CHOOSE
from labo_web.workshops.formats import ASKED, FORMATS, ask
from labo_web.workshops.keeping import Said
from labo_web.workshops.models import Contribution, Event, FresqueSheet
from labo_web.workshops.presence import count_present
from labo_web.workshops.room_forms import LONGEST, PlainField

MOST_LINES = 60  # of questions, and of intentions
EARLIEST = 2015  # the first Fresques
# A gathering is of a programme; an interview is of one person, whom a count would tell of.
ELSEWHERE = (Event.Kind.GATHERING, Event.Kind.INTERVIEW)
OF_SHEET = ("audience", "licence", "tables", "leaders")
MISSING = "À remplir pour ce format : sa fiche de séance le demande."


def _kinds() -> list[tuple[str, str]]:
    """Formats that have a sheet come first."""
    others = [k for k in Event.Kind if k not in FORMATS and k not in ELSEWHERE]
    return [(k.value, str(k.label)) for k in (*FORMATS, *others)]


def _number(label: str, most: int, help_text: str = "", least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=False, help_text=help_text
    )


class LinesField(PlainField):
    """Several things that were said, a line each."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 5})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the lines that hold something."""
        lines = [" ".join(x.split()) for x in super().clean(value).split("\n") if x.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(
                f"{len(lines)} lignes : {MOST_LINES} au plus. Les autres se saisissent ensuite, "
                "avec les feuilles des tables."
            )
        for n, line in enumerate(lines, start=1):
            if len(line) > LONGEST:
                raise forms.ValidationError(
                    f"La ligne {n} a {len(line)} signes : {LONGEST} au plus. Coupez-la en deux."
                )
        return lines


class HeldForm(forms.Form):
    """What one knows the day after: few fields, none about anybody."""

    kind = forms.ChoiceField(label="Nature", choices=_kinds, initial=Event.Kind.FRESQUE)
    title = PlainField(
        label="Titre",
        max_length=200,
        help_text="Par exemple : Fresque du climat au centre social. Pas de nom de personne.",
    )
    day = forms.DateField(
        label="Jour",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
    )
    begins = forms.TimeField(
        label="Heure de début", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label="Heure de fin", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = PlainField(label="Lieu", max_length=300)
    zone = forms.ChoiceField(label="Quartier", required=False)
    holder = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label="Qui l’a organisée ou animée",
        required=False,
        empty_label="pas dit",
        help_text="Un organisme : on n’écrit le nom de personne.",
    )
    leaders = _number("Personnes qui ont animé", 200)
    present = forms.IntegerField(
        label="Personnes présentes",
        min_value=1,
        max_value=5_000,
        help_text="Un seul nombre, sans aucun nom, sans celles qui ont animé. Il n’est montré au "
        "public qu’ajouté à ceux des autres rencontres.",
    )
    registered = _number(
        "Personnes inscrites", 5_000, "Vide : pas dit. 0 : on venait sans s’inscrire."
    )
    tables = _number("Tables", 200, least=1)
    audience = forms.ChoiceField(
        label="Pour qui",
        required=False,
        choices=[("", CHOOSE), *FresqueSheet.Audience.choices],
        help_text="Le programme demande une Fresque avec les services et les élus, et une avec "
        "les habitants.",
    )
    licence = forms.ChoiceField(
        label="Droit d’usage",
        required=False,
        choices=[("", CHOOSE), *FresqueSheet.Licence.choices],
        help_text="De quel droit les cartes ont servi. Une séance courte se tient avec les "
        "supports du Labo.",
    )
    languages = PlainField(
        label="Langues proposées",
        max_length=300,
        required=False,
        help_text="Celles que vous proposiez. On ne demande à personne la sienne.",
    )
    accessibility = PlainField(
        label="Accessibilité",
        max_length=600,
        required=False,
        help_text="Par exemple : de plain-pied, boucle magnétique, toilettes adaptées.",
    )
    level = forms.ChoiceField(
        label="Niveau de participation",
        required=False,
        choices=Event.Level.choices,
        initial=Event.Level.INFORM,
    )
    negotiable = PlainField(
        label="Ce qui pouvait changer",
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Ce que les personnes présentes pouvaient vraiment changer.",
    )
    questions = LinesField(
        label="Questions venues", help_text="Une par ligne, mot pour mot, sans nom."
    )
    intentions = LinesField(label="Intentions venues", help_text="Une par ligne, sans nom.")
    announced = forms.BooleanField(
        label="La montrer dans l’agenda public, parmi les rencontres passées",
        required=False,
        initial=True,
        help_text="Titre, jour et lieu seulement : ce qui est venu attend d’être relu. Décochée, "
        "seule l’équipe la voit, et elle ne compte pas parmi les Fresques tenues.",
    )

    of_meeting: ClassVar = ("kind", "title", "day", "begins", "ends", "place", "zone")
    of_room: ClassVar = ("present", "audience", "tables", "leaders", "licence")
    of_words: ClassVar = ("questions", "intentions", "announced")
    # Told by whoever knows it; the last two are asked of meetings that are no session.
    of_more: ClassVar = ("holder", "languages", "accessibility", "registered")
    of_others: ClassVar = ("level", "negotiable")

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.territory = territory
        # The same meeting, where it is there already.
        self.twice: Event | None = None
        zone = cast(forms.ChoiceField, self.fields["zone"])
        zone.choices = [("", "tout le territoire"), *places.zones_of(territory).items()]

    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return what a session is known by, under its headings: what is folded is not there."""
        return [
            ("La rencontre", [self[name] for name in self.of_meeting]),
            ("Qui est venu", [self[name] for name in self.of_room]),
            ("Ce qui est venu", [self[name] for name in self.of_words]),
        ]

    def more(self) -> list[forms.BoundField]:
        """Return what whoever knows it may add, folded."""
        return [self[name] for name in self.of_more]

    @property
    def brief(self) -> bool:
        """Whether nothing is typed or wrong in what may be added."""
        return not any(self.data.get(name) or name in self.errors for name in self.of_more)

    def others(self) -> list[forms.BoundField]:
        """Return what is asked of meetings that are no session, folded."""
        return [self[name] for name in self.of_others]

    @property
    def folded(self) -> bool:
        """Whether nothing is typed or wrong in what is folded."""
        typed = self.data.get("level") or Event.Level.INFORM
        wrong = any(name in self.errors for name in self.of_others)
        return typed == Event.Level.INFORM and not wrong

    def clean(self) -> dict[str, Any]:
        """It is over; a session has what its sheet asks for; another meeting says on what."""
        given = super().clean() or {}
        self._check_hours(given)
        found = FORMATS.get(given.get("kind", ""))
        if found is None:
            if given.get("level") != Event.Level.INFORM and not given.get("negotiable"):
                self.add_error(
                    "negotiable", "Dites ce qui pouvait changer, ou choisissez « informer »."
                )
            return given
        if len(found.licences) == 1:
            given["licence"] = given.get("licence") or found.licences[0]
        for name in OF_SHEET:
            if given.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, MISSING)
        licence = given.get("licence")
        if licence and licence not in found.licences:
            may = " ; ".join(f"« {FresqueSheet.Licence(x).label} »" for x in found.licences)
            self.add_error(
                "licence",
                f"« {FresqueSheet.Licence(licence).label} » ne va pas avec ce format "
                f"({found.label}). Choisissez : {may}.",
            )
        return given

    def _check_hours(self, given: dict[str, Any]) -> None:
        day, begins, ends = (given.get(name) for name in ("day", "begins", "ends"))
        if day is None or begins is None or ends is None:
            return
        if day.year < EARLIEST:
            self.add_error("day", f"Le {day:%d/%m/%Y} ? Vérifiez l’année : {EARLIEST} ou après.")
            return
        if ends <= begins:
            self.add_error("ends", "La fin vient avant le début.")
            return
        zone = timezone.get_current_timezone()
        given["starts_at"], given["ends_at"] = (
            dt.datetime.combine(day, hour, tzinfo=zone) for hour in (begins, ends)
        )
        if given["ends_at"] > timezone.now():
            self.add_error(
                "day",
                f"Le {day:%d/%m/%Y} à {ends:%H:%M} n’est pas encore passé. Ici, on consigne ce qui "
                "a été tenu : pour la suite, préparez une rencontre.",
            )

    @transaction.atomic
    def keep(self) -> Event | None:
        """Write all of it or nothing; None, with `twice` set, where it was written before."""
        given = self.cleaned_data
        # Two who write the same meeting at once wait for each other.
        Territory.objects.select_for_update().get(pk=self.territory.pk)
        known = {name: given[name] for name in ("kind", "title", "zone", "starts_at")}
        same = Event.objects.filter(territory=self.territory, **known)
        self.twice = same.exclude(state=Event.State.CANCELLED).first()
        if self.twice:
            self.add_error(None, "Cette rencontre est déjà là : rien n’a été ajouté.")
            return None
        found = FORMATS.get(given["kind"])
        made = Event.objects.create(
            territory=self.territory,
            **known,
            ends_at=given["ends_at"],
            place=given["place"],
            holder=given["holder"],
            languages=given["languages"],
            accessibility=given["accessibility"],
            level=Event.Level.INFORM if found else given["level"],
            negotiable="" if found else given["negotiable"],
            state=Event.State.ANNOUNCED if given["announced"] else Event.State.DRAFT,
        )
        if found:
            FresqueSheet.objects.create(
                event=made,
                present=given["present"],
                registered=given["registered"],
                minutes=int((given["ends_at"] - given["starts_at"]).total_seconds() // 60),
                **{name: given[name] for name in OF_SHEET},
            )
        count_present(made, given["present"])
        came = (given["questions"], given["intentions"])
        if found or any(came):
            asked = found.asked if found else ASKED
            for question, lines in zip(ask(made, asked), came, strict=True):
                for line in lines:
                    said = Said(
                        client_id=uuid.uuid4(),
                        kind=Contribution.Kind.CARD,
                        text=line,
                        question=question,
                        on_paper=True,
                    )
                    keeping.keep(made, "", said)
        return made
