"""Forms of the meeting: its event, its sequence, what a territory brings, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.measure import MEASURES
from labo_web.accounts.models import Territory
from labo_web.programme.meeting_access import members_of
from labo_web.programme.meeting_figures import figures_of
from labo_web.programme.meeting_slots import Timetable, timetable
from labo_web.programme.models import Brought, Meeting, Note, Programme, Slot
from labo_web.releases.models import Indicator, Release, Zone
from labo_web.roadmaps.models import Action
from labo_web.workshops.event_forms import to_choose
from labo_web.workshops.models import Event
from labo_web.workshops.room_forms import PlainField

MOST_SLOTS = 40
EMPTY_SLOTS = 4  # lines to fill in, under those that are there
WHEN = ["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"]


def _when(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=WHEN)


def readable_address(given: str) -> str:
    """Return an address that a browser opens and that runs nothing, or refuse it."""
    try:
        parts = urlsplit(given)
    except ValueError:
        parts = urlsplit("")
    inside = given.startswith("/") and not given.startswith(("//", "/\\"))
    if given and not inside and (parts.scheme != "https" or not parts.netloc):
        raise forms.ValidationError(
            f"« {given} » n’est pas une adresse que l’on peut ouvrir d’ici : elle commence par "
            "https:// ou, sur ce site, par /."
        )
    return given


class MeetingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose meeting, who is its host, when and where."""

    programme = forms.ModelChoiceField(Programme.objects.none(), label="Programme")
    starts_at, ends_at = _when("Début"), _when("Fin")

    class Meta:  # noqa: D106
        model = Event
        fields = (
            "territory", "title", "purpose", "holder", "starts_at", "ends_at", "place",
            "accessibility", "childcare", "languages", "level", "negotiable", "capacity", "state",
        )  # fmt: skip
        labels = {"territory": "Territoire qui accueille", "holder": "Organisée par"}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "accessibility": "Par exemple : de plain-pied, boucle magnétique, toilettes adaptées.",
            "negotiable": "Ce que les personnes présentes peuvent vraiment changer.",
            "capacity": "Vide : sans limite.",
            "state": "« Annoncé » : dans l’agenda de tout le monde, et l’on peut s’inscrire.",
        }

    def __init__(self, programmes: Sequence[Programme], *args: Any, **kwargs: Any) -> None:
        meeting: Meeting | None = kwargs.pop("meeting", None)
        super().__init__(*args, **kwargs)
        programme = self.fields["programme"]
        assert isinstance(programme, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        programme.queryset = Programme.objects.filter(pk__in=[p.pk for p in programmes])
        if meeting is not None:
            programme.initial, programme.disabled = meeting.programme_id, True
        elif len(programmes) == 1:
            programme.initial = programmes[0].pk
        to_choose(self, "programme", "territory", "holder", "level")
        self.instance.kind = Event.Kind.GATHERING
        self.order_fields(["programme", *self.Meta.fields])

    def clean(self) -> dict[str, Any]:
        """A day, whose host is of the programme; whoever consults says on what."""
        given = super().clean() or {}
        programme, host = given.get("programme"), given.get("territory")
        if programme and host and host not in members_of(programme):
            self.add_error("territory", f"{host} n’est pas, ou n’est plus, dans « {programme} ».")
        start, end = given.get("starts_at"), given.get("ends_at")
        if start and end and timezone.localtime(start).date() != timezone.localtime(end).date():
            self.add_error(
                "ends_at", "La fin est un autre jour : préparez une rencontre par journée."
            )
        told = given.get("level") and given["level"] != Event.Level.INFORM
        if told and given.get("state") == Event.State.ANNOUNCED and not given.get("negotiable"):
            self.add_error(
                "negotiable",
                "Dites ce qui peut changer, ou choisissez « informer » : sinon, pourquoi venir ?",
            )
        return given


class SlotForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line of the sequence."""

    order = forms.IntegerField(label="Ordre", min_value=1, max_value=999, required=False)

    class Meta:  # noqa: D106
        model = Slot
        fields = ("title", "minutes", "who", "territory", "fixed_at")
        widgets = {"fixed_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.members: Sequence[Territory] = kwargs.pop("members", ())
        super().__init__(*args, **kwargs)
        territory = self.fields["territory"]
        assert isinstance(territory, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        territory.queryset = Territory.objects.filter(pk__in=[t.pk for t in self.members])
        territory.choices = [("", "aucun"), *((t.pk, str(t)) for t in self.members)]
        if self.instance.pk:
            self.fields["order"].initial = self.instance.position


class SlotsForm(forms.BaseModelFormSet):  # type: ignore[type-arg]
    """The whole sequence, checked as one: no hole, no overlap, nothing after the end."""

    meeting: Meeting
    table: Timetable | None = None

    def ordered(self) -> list[Slot]:
        """Return the slots as they will be, in order; those to remove left out."""
        kept = [
            f for f in self.forms if f.has_changed() or f.instance.pk if not _removed(f)
        ]  # fmt: skip
        last = len(self.forms)
        order = sorted(
            enumerate(kept), key=lambda x: (x[1].cleaned_data.get("order") or last + x[0], x[0])
        )
        return [form.instance for _, form in order]

    def clean(self) -> None:
        """Place them, and refuse what does not fit."""
        super().clean()
        if any(self.errors):
            return
        event = self.meeting.event
        start, end = timezone.localtime(event.starts_at), timezone.localtime(event.ends_at)
        self.table = timetable(self.ordered(), start, end)
        if self.table.faults:
            raise forms.ValidationError([fault.says for fault in self.table.faults])

    def keep(self) -> None:
        """Write them: the same rows as before where they stay, so that notes still point there."""
        for form in self.forms:
            if form.instance.pk and _removed(form):
                form.instance.delete()
        for position, slot in enumerate(self.ordered(), start=1):
            slot.meeting, slot.position = self.meeting, position
            slot.save()


def _removed(form: Any) -> bool:
    return bool(form.cleaned_data.get("DELETE"))


def slots_form(meeting: Meeting, given: Any = None) -> SlotsForm:
    """Return the form of a meeting's sequence."""
    made = forms.modelformset_factory(
        Slot, form=SlotForm, formset=SlotsForm, extra=EMPTY_SLOTS, can_delete=True,
        max_num=MOST_SLOTS, absolute_max=MOST_SLOTS + EMPTY_SLOTS, validate_max=True,
    )  # fmt: skip
    members = members_of(meeting.programme)
    found = made(
        given, queryset=meeting.slots.all(), prefix="temps", form_kwargs={"members": members}
    )
    assert isinstance(found, SlotsForm)  # noqa: S101 (for the type checker)
    found.meeting = meeting
    return found


class BroughtForm(forms.ModelForm):  # type: ignore[type-arg]
    """One finding that is a value of a release, one doubt, one solution, one story."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    release = forms.ModelChoiceField(Release.objects.none(), label="Livraison", required=False)
    zone = forms.ChoiceField(label="Quartier", required=False)
    indicator = forms.ChoiceField(label="Indicateur", required=False)
    measure = forms.ChoiceField(label="Solution du catalogue", required=False)
    finding = PlainField(
        label="Ce que ce chiffre nous apprend", required=False, max_length=800,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Sans recopier le chiffre : il est lu dans la livraison.",
    )  # fmt: skip
    doubt = PlainField(
        label="Ce dont nous ne sommes pas sûrs", required=False, max_length=800,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    solution = PlainField(
        label="En quelques mots", required=False, max_length=800,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    story_title = PlainField(label="Titre", required=False, max_length=200)
    story = PlainField(
        label="Texte", required=False, max_length=3_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Un moment, un lieu, une façon de faire. Pas de nom ni de quoi reconnaître "
        "quelqu’un, sauf accord écrit de cette personne.",
    )  # fmt: skip
    story_url = PlainField(
        label="Où le lire en entier", required=False, max_length=300,
        help_text="Une adresse https://, ou une adresse de ce site qui commence par /.",
    )  # fmt: skip

    class Meta:  # noqa: D106
        model = Brought
        fields = (
            "release", "zone", "indicator", "finding", "doubt", "action", "measure", "solution",
            "story_title", "story", "story_url",
        )  # fmt: skip

    def __init__(
        self, request: HttpRequest, territory: Territory, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.territory = request, territory
        releases = Release.objects.visible_to(request).filter(territory=territory)
        release, action = self.fields["release"], self.fields["action"]
        assert isinstance(release, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        assert isinstance(action, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        release.queryset, release.empty_label = releases, "aucune"
        action.queryset = Action.objects.filter(roadmap__territory=territory)
        action.empty_label = "aucune"
        action.help_text = "Son titre et son état paraîtront si elle est déjà publique."
        zones = Zone.objects.filter(release__in=releases.values("pk"))
        zones = zones.filter(kind__in=("qpv", "perimeter", "epci")).order_by("release", "name")
        indicators = Indicator.objects.filter(release__in=releases.values("pk"))
        choices = {
            "zone": dict(zones.values_list("code", "name")),
            "indicator": dict(indicators.order_by("-position").values_list("name", "label")),
            "measure": {x.id: x.label for x in MEASURES},
        }
        for name, found in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
            field.choices = [("", "à choisir" if name != "measure" else "aucune"), *found.items()]

    def clean_story_url(self) -> str:
        """An address that a browser opens and that runs nothing."""
        return readable_address(self.cleaned_data["story_url"])

    def clean(self) -> dict[str, Any]:
        """A finding is a value that is in its release."""
        given = super().clean() or {}
        named = [given.get(name) for name in ("release", "zone", "indicator")]
        if any(named) and not all(named):
            self.add_error(
                "indicator",
                "Pour un constat, choisissez la livraison, le quartier et l’indicateur.",
            )
        elif all(named) and not self.errors:
            row = Brought(
                pk=0, territory=self.territory, release=given["release"], zone=given["zone"],
                indicator=given["indicator"],
            )  # fmt: skip
            figure = figures_of(self.request, [row])[0]
            if figure.reason:
                self.add_error(
                    "indicator",
                    f"« {figure.label} » n’a pas de valeur ici : {figure.reason}. Choisissez-en "
                    "un autre.",
                )
        return given


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """Something that was decided, said, disagreed on, or left open."""

    text = PlainField(
        label="Texte", max_length=1_500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Avec les mots de la salle. Aucun nom de personne.",
    )  # fmt: skip
    bearer = PlainField(label="Qui s’en charge (organisme)", max_length=200, required=False)

    class Meta:  # noqa: D106
        model = Note
        fields = ("kind", "text", "slot", "territory", "bearer", "due_on")
        widgets = {"due_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}  # noqa: RUF012

    def __init__(self, meeting: Meeting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.meeting = meeting
        to_choose(self, "kind")
        slot, territory = self.fields["slot"], self.fields["territory"]
        assert isinstance(slot, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        assert isinstance(territory, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        slot.queryset, slot.empty_label = meeting.slots.all(), "aucun moment en particulier"
        members = members_of(meeting.programme)
        territory.queryset = Territory.objects.filter(pk__in=[t.pk for t in members])
        territory.empty_label = "toute la salle"

    def clean(self) -> dict[str, Any]:
        """A decision has somebody to carry it out, and a day."""
        given = super().clean() or {}
        if given.get("kind") == Note.Kind.DECIDED:
            for name, says in (
                ("bearer", "Une décision a un organisme qui s’en charge : lequel ?"),
                ("due_on", "Une décision a une date : pour quand ?"),
            ):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, says)
        return given


class ReadingForm(forms.Form):
    """Let a note through, or set it aside with a reason."""

    note = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=Note.State.choices)
    reason = forms.ChoiceField(choices=[("", ""), *Note.Reason.choices], required=False)

    def clean(self) -> dict[str, Any]:
        """Nothing is set aside without saying why."""
        given = super().clean() or {}
        if given.get("state") == Note.State.WITHHELD and not given.get("reason"):
            self.add_error("reason", "Dites pourquoi cette note est écartée.")
        return given


class PublishForm(forms.Form):
    """Publish proceedings; from the second on, say what changes."""

    because = PlainField(label="Ce qui change", max_length=400, required=False)
    read = forms.BooleanField(
        label="J’ai relu le brouillon : il ne nomme aucune personne",
        error_messages={"required": "Relisez le brouillon, puis cochez la case."},
    )

    def __init__(self, event: Event, number: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        if number > 1:
            self.fields["because"].required = True
            self.fields["because"].help_text = f"Les actes n° {number - 1} restent lisibles."
        else:
            del self.fields["because"]

    def clean(self) -> dict[str, Any]:
        """Proceedings are of a meeting that was announced and has begun."""
        if self.event.state != Event.State.ANNOUNCED or self.event.starts_at > timezone.now():
            raise forms.ValidationError(
                "On publie les actes d’une rencontre annoncée et commencée : celle-ci est « "
                f"{self.event.get_state_display()} », pour le "
                f"{timezone.localtime(self.event.starts_at):%d/%m/%Y}."
            )
        return super().clean() or {}
