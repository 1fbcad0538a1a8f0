"""Forms of those who prepare events, and of those who come."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from labo_web.accounts.models import Person, Role, Territory
from labo_web.workshops import places, weights
from labo_web.workshops.formats import format_of
from labo_web.workshops.models import (
    Choice,
    Evaluation,
    Event,
    FresqueSheet,
    Headcount,
    Hours,
    Question,
    Registration,
)
from labo_web.workshops.presence import ANSWERS, ASKED, count_present, present_at
from labo_web.workshops.room_forms import PlainField

MOST_QUESTIONS, MOST_CHOICES = 20, 12
CHOOSE = "à choisir"


def to_choose(form: forms.Form | forms.ModelForm, *names: str) -> None:  # type: ignore[type-arg]
    """Name the empty choice of fields in words: nine dashes are read aloud one by one."""
    for name in names:
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = CHOOSE if field.required else "aucun"
        elif isinstance(field, forms.ChoiceField):
            field.choices = [("", CHOOSE), *(x for x in choices_of(field) if x[0])]


def choices_of(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    """Return the choices of a field that has no groups of them."""
    return list(cast(Iterable[tuple[Any, Any]], field.choices))


def _when() -> forms.DateTimeField:
    return forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"],
    )


class EventForm(forms.ModelForm):  # type: ignore[type-arg]
    """When, where, for whom, and what may be decided."""

    starts_at, ends_at = _when(), _when()
    zone = forms.ChoiceField(label="Quartier", required=False)

    class Meta:  # noqa: D106
        model = Event
        fields = (
            "kind", "title", "zone", "starts_at", "ends_at", "place", "holder", "purpose",
            "accessibility", "childcare", "languages", "level", "negotiable", "settled",
            "capacity", "facilitators", "state",
        )  # fmt: skip
        labels = {"holder": "Organisée par", "facilitators": "Personnes qui animent"}  # noqa: RUF012
        widgets = {  # noqa: RUF012
            name: forms.Textarea(attrs={"rows": 3})
            for name in ("purpose", "accessibility", "negotiable", "settled")
        }
        help_texts = {  # noqa: RUF012
            "accessibility": "Par exemple : de plain-pied, boucle magnétique, toilettes adaptées.",
            "childcare": "Par exemple : garde sur place dès 3 ans. Vide : il n’y en a pas.",
            "languages": "Celles que vous proposez. On ne demande à personne la sienne.",
            "negotiable": "Ce que les personnes présentes peuvent vraiment changer.",
            "settled": "Ce qui ne changera pas, et qui l’a décidé.",
            "capacity": "Vide : sans limite.",
            "facilitators": "En plus de l’équipe du territoire : elles lisent ce que la salle dit.",
            "state": "« Annoncé » : dans l’agenda de tout le monde.",
        }

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.territory = territory
        to_choose(self, "kind", "holder", "level")
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 (for the type checker)
        # A gathering is of a programme and prepared there; it does not become anything else.
        gathers = self.instance.kind == Event.Kind.GATHERING
        kind.choices = [x for x in choices_of(kind) if (x[0] == Event.Kind.GATHERING) == gathers]
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101 (for the type checker)
        zone.choices = [("", "tout le territoire"), *places.zones_of(territory).items()]
        self.fields["starts_at"].label, self.fields["ends_at"].label = "Début", "Fin"
        people = self.fields["facilitators"]
        assert isinstance(people, forms.ModelMultipleChoiceField)  # noqa: S101
        here = Role.objects.current().filter(territory=territory)
        # Set before the people: a field gives its choices to the widget that it has.
        people.widget = forms.CheckboxSelectMultiple()
        people.queryset = Person.objects.filter(pk__in=here.values("person")).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Whoever consults says on what: an event without it would be an alibi."""
        given = super().clean() or {}
        told = given.get("level") and given["level"] != Event.Level.INFORM
        if told and given.get("state") == Event.State.ANNOUNCED and not given.get("negotiable"):
            self.add_error(
                "negotiable",
                "Dites ce qui peut changer, ou choisissez « informer » : sinon, pourquoi venir ?",
            )
        return given


class QuestionForm(forms.Form):
    """One more question for the room."""

    kind = forms.ChoiceField(label="On répond en", choices=Question.Kind.choices)
    text = PlainField(label="Question", max_length=300)
    choices = PlainField(
        label="Choix, un par ligne",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Pour un vote.",
    )
    dots = forms.IntegerField(
        label="Gommettes par personne", min_value=1, max_value=20, initial=3, required=False
    )
    index = forms.ChoiceField(label="Indice", required=False, help_text="Pour des poids.")

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        index = self.fields["index"]
        assert isinstance(index, forms.ChoiceField)  # noqa: S101 (for the type checker)
        found = weights.indices_of(weights.newest_of(event.territory))
        index.choices = [("", "aucun"), *found.items()]

    def clean(self) -> dict[str, Any]:
        """A vote has choices, weights have an index."""
        given = super().clean() or {}
        lines = [x.strip()[:200] for x in given.get("choices", "").split("\n") if x.strip()]
        given["lines"] = list(dict.fromkeys(lines))
        kind = given.get("kind")
        if kind == Question.Kind.DOTS and not 2 <= len(given["lines"]) <= MOST_CHOICES:
            self.add_error(
                "choices",
                f"{len(given['lines'])} choix : il en faut de 2 à {MOST_CHOICES}, un par ligne.",
            )
        if kind == Question.Kind.WEIGHTS and not given.get("index"):
            self.add_error("index", "Choisissez l’indice dont on discute les poids.")
        if self.event.questions.count() >= MOST_QUESTIONS:
            raise forms.ValidationError(f"{MOST_QUESTIONS} questions, c’est assez.")
        return given

    @transaction.atomic
    def save(self) -> Question:
        """Put it after the others."""
        given = self.cleaned_data
        last = self.event.questions.order_by("-position").first()
        made = Question.objects.create(
            event=self.event,
            position=last.position + 1 if last else 1,
            kind=given["kind"],
            text=given["text"],
            dots=given["dots"] or 3,
            index=given["index"] if given["kind"] == Question.Kind.WEIGHTS else "",
        )
        if made.kind == Question.Kind.DOTS:
            Choice.objects.bulk_create(
                Choice(question=made, position=i, text=line)
                for i, line in enumerate(given["lines"], start=1)
            )
        return made


class RegistrationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is needed to receive those who come; nothing of it is required but how many."""

    class Meta:  # noqa: D106
        model = Registration
        fields = ("people", "children", "name", "contact")
        labels = {  # noqa: RUF012
            "people": _("Personnes"),
            "children": _("Enfants à garder"),
            "name": _("Nom ou prénom"),
            "contact": _("Adresse électronique ou téléphone"),
        }
        help_texts = {  # noqa: RUF012
            "children": _("Pour prévoir la garde."),
            "name": _("Pour vous appeler. Vous pouvez ne rien écrire."),
            "contact": _(
                "Pour vous prévenir si le lieu ou l’heure change. Vous pouvez ne rien écrire. Tout "
                "est effacé un mois après."
            ),
        }

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.event = event

    def clean(self) -> dict[str, Any]:
        """A room has a number of places."""
        given = super().clean() or {}
        event = self.instance.event
        if event.capacity is not None and given.get("people"):
            taken = sum(event.registrations.values_list("people", flat=True))
            if taken + given["people"] > event.capacity:
                left = max(event.capacity - taken, 0)
                places_left = ngettext(
                    "Il reste %(left)d place.", "Il reste %(left)d places.", left
                ) % {"left": left}
                self.add_error(
                    "people",
                    places_left
                    if left
                    else _("Il n’y a plus de place. Vous pouvez venir : parfois il s’en libère."),
                )
        return given


MARK = [("", "je ne réponds pas"), *((str(n), str(n)) for n in range(1, 6))]


class EvaluationForm(forms.ModelForm):  # type: ignore[type-arg]
    """Four sentences to mark from 1 to 5, each as one likes; nobody is known."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:  # noqa: D106
        model = Evaluation
        fields = (*ASKED, "comment", "client_id")

    def __init__(self, event: Event, moment: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.event, self.instance.moment = event, moment
        for name, text in ASKED.items():
            self.fields[name] = forms.TypedChoiceField(
                label=text,
                choices=MARK,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
                help_text="1 : pas du tout. 5 : tout à fait.",
            )
        if moment == Evaluation.Moment.BEFORE:
            del self.fields["heard"], self.fields["satisfaction"]

    def clean_comment(self) -> str:
        """Only what can be read."""
        return PlainField(required=False).clean(self.cleaned_data["comment"])

    def validate_unique(self) -> None:
        """The same one sent twice is no error: it is kept once."""

    def keep(self) -> None:
        """Write it, unless it was."""
        Evaluation.objects.bulk_create([self.instance], ignore_conflicts=True)


def new_evaluation() -> dict[str, Any]:
    """Return what a new form of evaluation begins with."""
    return {"client_id": uuid.uuid4()}


class HeadcountForm(forms.Form):
    """How many came, and how many of them answered what; nobody is asked in front of others."""

    present = forms.IntegerField(label="Personnes présentes", min_value=0, max_value=5_000)

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        self.event = event
        counts = event.headcounts.all()
        initial = {
            "present" if c.trait == "present" else f"{c.trait}_{c.answer}": c.people for c in counts
        }
        if (present := present_at(event)) is not None:
            initial["present"] = present
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for trait, answers in ANSWERS.items():
            for answer, label in answers.items():
                self.fields[f"{trait}_{answer}"] = forms.IntegerField(
                    label=f"dont {label}", min_value=0, max_value=5_000, required=False
                )

    def clean(self) -> dict[str, Any]:
        """A part is not larger than the whole."""
        given = super().clean() or {}
        if self.errors:
            return given
        for trait, answers in ANSWERS.items():
            total = sum(given.get(f"{trait}_{a}") or 0 for a in answers)
            if total > given["present"]:
                last = list(answers)[-1]
                self.add_error(
                    f"{trait}_{last}",
                    f"Ces réponses font {total} personnes, pour {given['present']} présentes.",
                )
        return given

    @transaction.atomic
    def save(self) -> None:
        """Write the counts over those of before; what is left empty is not known."""
        given = self.cleaned_data
        self.event.headcounts.all().delete()
        count_present(self.event, given["present"])
        rows = [
            Headcount(trait=trait, answer=answer, people=given[f"{trait}_{answer}"])
            for trait, answers in ANSWERS.items()
            for answer in answers
            if given[f"{trait}_{answer}"] is not None
        ]
        for row in rows:
            row.event = self.event
        Headcount.objects.bulk_create(rows)


class HoursForm(forms.ModelForm):  # type: ignore[type-arg]
    """Time that was asked, and what it was paid."""

    class Meta:  # noqa: D106
        model = Hours
        fields = ("who", "people", "each", "paid", "euros")
        help_texts = {"euros": "Vide : on ne sait pas."}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to_choose(self, "who", "paid")


class FresqueForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a Fresque, or a shorter session, went."""

    class Meta:  # noqa: D106
        model = FresqueSheet
        fields = (
            "audience", "tables", "leaders", "minutes", "licence", "registered", "room", "public",
            "licence_note",
        )  # fmt: skip
        help_texts = {  # noqa: RUF012
            "audience": "Le programme demande une séance avec les services et les élus, et une "
            "avec les habitants.",
            "public": "Par exemple : un cours de français. Pas de nom de personne.",
            "room": "Par exemple : salle du rez-de-chaussée, quatre tables, un mur libre.",
            "registered": "Vide : pas dit. 0 : on venait sans s’inscrire.",
        }

    # Told by whoever knows it.
    of_more: ClassVar = ("registered", "room", "public", "licence_note")

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        if coming := sum(event.registrations.values_list("people", flat=True)):
            # Erased a month later: the sheet then says how many they were.
            self.initial.setdefault("registered", coming)
        self.initial.setdefault(
            "minutes", int((event.ends_at - event.starts_at).total_seconds() // 60)
        )
        found = format_of(event)
        licence = self.fields["licence"]
        assert isinstance(licence, forms.ChoiceField)  # noqa: S101 (for the type checker)
        licences = found.licences if found else FresqueSheet.Licence.values
        licence.choices = [(x, FresqueSheet.Licence(x).label) for x in licences]
        self.fields["audience"].required = True
        to_choose(self, "audience", *(["licence"] if len(licences) > 1 else []))
        if found:
            self.fields[
                "tables"
            ].help_text = f"{found.table[0]} à {found.table[1]} personnes par table."
            self.fields[
                "minutes"
            ].help_text = f"D’habitude de {found.minutes[0]} à {found.minutes[1]} minutes."

    def asked(self) -> list[forms.BoundField]:
        """Return what a session is known by."""
        return [self[name] for name in self.fields if name not in self.of_more]

    def more(self) -> list[forms.BoundField]:
        """Return what may be added, folded."""
        return [self[name] for name in self.of_more]

    @property
    def brief(self) -> bool:
        """Whether nothing is written or wrong in what may be added."""
        return not any(x.value() not in (None, "") or x.errors for x in self.more())

    def clean(self) -> dict[str, Any]:
        """People are counted once, for all of the record."""
        given = super().clean() or {}
        present = present_at(self.event)
        if present is None:
            raise forms.ValidationError(
                "Enregistrez d’abord les personnes présentes, plus haut : la fiche les reprend."
            )
        self.instance.present = present
        return given
