"""Forms of resources: they validate, keep what was typed, and ask for no name and no address."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release, Zone
from labo_web.resources.corrected import NamedPlace, places_of
from labo_web.resources.models import (
    Confirmation,
    Consent,
    Contradiction,
    Description,
    Resource,
    Ruling,
    Verification,
)
from labo_web.resources.needs import FRAGILITIES, needs_by_hazard
from labo_web.resources.spots import snapped, within

EVERYWHERE = ("", "tout le territoire")
THROUGH_A_BODY = {Resource.Kind.KNOW_HOW, Resource.Kind.PRACTICE}
NO_PERSON = (
    "Dites l’association ou la structure par laquelle on y accède : un savoir-faire n’est jamais "
    "publié au nom d’une personne."
)
LARGEST_CAPACITY = 100_000
# Places to choose from are those around a neighbourhood, and no more than a telephone can list.
NEAR_M, MOST_PLACES = 600.0, 40


def choices_of(field: forms.Field, choices: Iterable[Any]) -> None:
    """Give a field its choices."""
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
    field.choices = choices


def not_later(form: forms.BaseForm, name: str) -> Any:
    """Return a day that has come already; otherwise raise ValidationError."""
    day = form.cleaned_data[name]
    if day is not None and day > timezone.localdate():
        raise forms.ValidationError(
            f"Le {day:%d/%m/%Y} n’est pas encore passé : donnez le jour où c’était vrai."
        )
    return day


def date_input() -> forms.DateInput:
    """Return a date as browsers and databases write it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DescriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a resource is, for its team; `written` is what is kept of it."""

    kind = forms.ChoiceField(label="C’est", choices=Resource.Kind.choices)
    zone = forms.ChoiceField(label="Quartier", required=False)
    needs = forms.MultipleChoiceField(
        label="À quoi cela peut servir",
        choices=[(label, [(x.id, x.label) for x in rows]) for label, rows in needs_by_hazard()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    fragilities = forms.MultipleChoiceField(
        label="Ce qui est fragile",
        choices=list(FRAGILITIES.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    capacity = forms.IntegerField(
        label="Pour combien de personnes à la fois",
        min_value=1,
        max_value=LARGEST_CAPACITY,
        required=False,
    )
    lon = forms.FloatField(label="Longitude", min_value=-180, max_value=180, required=False)
    lat = forms.FloatField(label="Latitude", min_value=-85, max_value=85, required=False)
    field_order = ("kind",)

    class Meta:  # noqa: D106
        model = Description
        fields = (
            *("name", "holder", "zone", "offer", "needs", "capacity", "hours", "afternoon"),
            *("evening", "weekend", "in_heat", "condition", "fragilities", "lon", "lat"),
            "checked_on",
        )
        labels = {  # noqa: RUF012
            "name": "Son nom",
            "holder": "Qui la tient : association, service, bailleur…",
            "offer": "Ce qu’elle peut faire",
            "hours": "Ses horaires, en quelques mots",
            "afternoon": "Un après-midi d’août, c’est ouvert",
            "evening": "Un soir d’août, c’est ouvert",
            "weekend": "Un week-end d’août, c’est ouvert",
            "in_heat": "Pendant une alerte canicule",
            "condition": "Son état",
            "checked_on": "Le jour où on l’a constaté",
        }
        help_texts = {  # noqa: RUF012
            "holder": "Jamais le nom d’une personne.",
            "checked_on": "Sans visite depuis le 1er juin, la page dit « à vérifier ».",
        }
        widgets = {  # noqa: RUF012
            "offer": forms.Textarea(attrs={"rows": 4}),
            "checked_on": date_input(),
        }

    def __init__(self, release: Release, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = release.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", "name")
        choices_of(self.fields["zone"], [EVERYWHERE, *zones])

    def clean_checked_on(self) -> Any:
        """A day that has come."""
        return not_later(self, "checked_on")

    def clean(self) -> dict[str, Any]:
        """Know-how has a body, and a place has both coordinates."""
        given = super().clean() or {}
        if given.get("kind") in THROUGH_A_BODY and not given.get("holder"):
            self.add_error("holder", NO_PERSON)
        lon, lat = given.get("lon"), given.get("lat")
        if (lon is None) != (lat is None):
            self.add_error("lon" if lon is None else "lat", "Donnez les deux, ou aucune des deux.")
        return given

    @property
    def written(self) -> dict[str, Any]:
        """The fields of a description."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class AddForm(DescriptionForm):
    """What a resident adds, without an account: no name, no address, and no more than needed."""

    near = forms.ChoiceField(
        label="C’est à côté de quel lieu ?",
        required=False,
        help_text="Pour la carte, à 50 mètres près. On peut aussi toucher la carte.",
    )
    scope = forms.ChoiceField(
        label="Je suis d’accord pour qu’elle paraisse",
        choices=Consent.Scope.choices,
        widget=forms.RadioSelect,
        initial=Consent.Scope.PAGES,
    )
    contact = forms.CharField(
        label="Un téléphone ou une adresse électronique (facultatif)",
        max_length=200,
        required=False,
        help_text="Lu par l’équipe seule, si elle a une question. Jamais publié, effacé ensuite.",
    )
    agreed = forms.BooleanField(
        label="La structure ou le lieu nommé est d’accord, ou est déjà ouvert au public",
        error_messages={
            "required": "Il faut l’accord de la structure nommée : demandez-lui d’abord, ou "
            "cochez si le lieu est déjà ouvert au public."
        },
    )
    # Left empty by people, who do not see it; machines fill everything.
    website = forms.CharField(label="Laissez vide", required=False, max_length=200)

    def __init__(self, release: Release, zone: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(release, *args, initial={"zone": zone, "scope": "pages"}, **kwargs)
        kind = self.fields["kind"]
        kind.widget = forms.RadioSelect(choices=Resource.Kind.choices)
        self.fields["condition"].widget = forms.HiddenInput()
        self.fields["condition"].required = False
        self.fields["checked_on"].label = "La dernière fois que vous l’avez vu (facultatif)"
        for name in ("lon", "lat"):
            self.fields[name].widget = forms.HiddenInput()
        self.places = {p.id: p for p in places_of(release.folder).values() if p.name}
        groups = [
            (x.name, told_apart(x, near_to(x, self.places.values())))
            for x in release.zones.filter(kind="qpv")
            if not zone or x.code == zone
        ]
        choices_of(self.fields["near"], [("", "je ne sais pas"), *(g for g in groups if g[1])])

    def clean_condition(self) -> str:
        """Residents are not asked."""
        return self.cleaned_data["condition"] or Description.Condition.UNKNOWN

    def clean(self) -> dict[str, Any]:
        """Coordinates come from the map or from a place that is known, to 50 m."""
        given = super().clean()
        if given.get("lon") is None and (place := self.places.get(given.get("near", ""))):
            given["lon"], given["lat"] = place.lon, place.lat
        if given.get("lon") is not None and given.get("lat") is not None:
            given["lon"], given["lat"] = snapped(given["lon"], given["lat"])
        return given

    @property
    def machine(self) -> bool:
        """Whether the field that nobody sees was filled."""
        return bool(self.data.get("website"))


def near_to(zone: Zone, places: Iterable[NamedPlace]) -> list[NamedPlace]:
    """Return the named places around a neighbourhood, by name."""
    found = [p for p in places if p.name and within(zone, p.lon, p.lat, NEAR_M)]
    return sorted(found, key=lambda p: p.name)[:MOST_PLACES]


SIDES = ("au nord", "au nord-est", "à l’est", "au sud-est", "au sud", "au sud-ouest", "à l’ouest",
         "au nord-ouest")  # fmt: skip
METRES = 111_320  # of a degree of latitude


def told_apart(zone: Zone, places: Sequence[NamedPlace]) -> list[tuple[str, str]]:
    """Return places as choices; those of one name say where they are from the middle of the zone.

    Open data has many places called « Parc »: a list of the same word cannot be chosen from.
    """
    many = Counter(p.name for p in places)
    lon, lat = (zone.west + zone.east) / 2, (zone.south + zone.north) / 2
    found = []
    for p in places:
        label = p.name
        if many[p.name] > 1:
            east = (p.lon - lon) * METRES * math.cos(math.radians(lat))
            north = (p.lat - lat) * METRES
            side = SIDES[round(math.degrees(math.atan2(east, north)) / 45) % 8]
            label += f", à {round(math.hypot(east, north), -1):.0f} m {side} du milieu du quartier"
        found.append((p.id, label))
    return found


class ContradictionForm(forms.Form):
    """What a resident says against a place: a claim of a list, and a few words."""

    about = forms.ChoiceField(label="De quel lieu parlez-vous ?")
    claim = forms.ChoiceField(
        label="Ce que vous constatez",
        choices=Contradiction.Claim.choices,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="En quelques mots (facultatif)",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="N’écrivez aucun nom de personne, et rien sur votre santé.",
    )
    website = forms.CharField(label="Laissez vide", required=False, max_length=200)

    def __init__(self, groups: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self.fields["about"], [("", "choisir…"), *groups])

    @property
    def machine(self) -> bool:
        """Whether the field that nobody sees was filled."""
        return bool(self.data.get("website"))


class RulingForm(forms.ModelForm):  # type: ignore[type-arg]
    """Publish a description, or say why not."""

    status = forms.ChoiceField(
        label="Cette description",
        choices=[("published", "est publiée"), ("refused", "n’est pas publiée")],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label="Raison",
        choices=[("", "aucune"), *Ruling.Reason.choices],
        required=False,
        help_text="Obligatoire pour ne pas publier.",
    )

    class Meta:  # noqa: D106
        model = Ruling
        fields = ("status", "reason", "note")
        help_texts = {  # noqa: RUF012
            "note": "Lue par la personne qui a ajouté la ressource, sur son lien.",
        }

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        given = super().clean() or {}
        if given.get("status") == Ruling.Status.REFUSED:
            if not given.get("reason"):
                self.add_error("reason", "Dites pourquoi : la personne lira cette raison.")
            elif given["reason"] == Ruling.Reason.OTHER and not given.get("note"):
                self.add_error("note", "« Autre raison » se dit en une phrase.")
        elif given.get("reason"):
            self.add_error("reason", "Une raison ne va qu’avec « n’est pas publiée ».")
        return given


def bodies() -> Any:
    """Return the bodies that can verify and confirm."""
    return Organisation.objects.order_by("name")


class VerificationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A named body went to see."""

    body = forms.ModelChoiceField(
        label="Qui est allé voir", queryset=Organisation.objects.none(), empty_label="choisir…"
    )
    holds = forms.TypedChoiceField(
        label="C’est exact ?",
        choices=[("1", "oui"), ("0", "non")],
        coerce=lambda x: x == "1",
        widget=forms.RadioSelect,
    )

    class Meta:  # noqa: D106
        model = Verification
        fields = ("body", "holds", "found", "checked_on")
        labels = {"checked_on": "Le"}  # noqa: RUF012
        widgets = {"checked_on": date_input()}  # noqa: RUF012
        help_texts = {"found": "Publié : aucun nom de personne."}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body = self.fields["body"]
        assert isinstance(body, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        body.queryset = bodies()

    def clean_checked_on(self) -> Any:
        """A day that has come."""
        return not_later(self, "checked_on")


class ConfirmationForm(forms.ModelForm):  # type: ignore[type-arg]
    """The holder says how many people it receives, and that it answers for them."""

    body = forms.ModelChoiceField(
        label="La structure qui tient la ressource",
        queryset=Organisation.objects.none(),
        empty_label="choisir…",
    )
    capacity = forms.IntegerField(
        label="Personnes à la fois", min_value=1, max_value=LARGEST_CAPACITY
    )

    class Meta:  # noqa: D106
        model = Confirmation
        fields = ("body", "capacity", "liability", "confirmed_on")
        labels = {  # noqa: RUF012
            "liability": "De quoi elle répond : assurance, clés, présence",
            "confirmed_on": "Confirmé le",
        }
        widgets = {"confirmed_on": date_input()}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body = self.fields["body"]
        assert isinstance(body, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        body.queryset = bodies()

    def clean_confirmed_on(self) -> Any:
        """A day that has come."""
        return not_later(self, "confirmed_on")


class ReadingForm(forms.Form):
    """Show the text of a contradiction, or withhold it for one of a few reasons."""

    withheld = forms.ChoiceField(
        label="Ce signalement",
        required=False,
        choices=[
            ("", "est montré tel quel"),
            *((r.value, f"n’est pas montré : {r.label}") for r in Contradiction.Reason),
        ],
        widget=forms.RadioSelect,
    )
