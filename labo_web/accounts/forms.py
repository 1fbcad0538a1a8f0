"""Forms of accounts: they validate, and keep what was typed."""

from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict

from labo_web.accounts.invitations import kinds_to_give
from labo_web.accounts.models import (
    TEAM_KINDS,
    TWICE,
    Circle,
    Invitation,
    Organisation,
    Person,
    Role,
    Territory,
)


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, even empty; nothing when its page is only read."""
    return request.POST if request.method == "POST" else None


SEATED = "Seuls un contributeur ou un lecteur siègent dans un comité : l’équipe voit déjà tout."
COMMITTEES = [("", "aucun"), *((c.value, c.label) for c in (Circle.COTECH, Circle.COPIL))]


class RoleFields(forms.Form):
    """The role, and the committee of those who are not of the team."""

    kind = forms.ChoiceField(label="Rôle")
    committee = forms.TypedChoiceField(
        label="Comité",
        choices=COMMITTEES,
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Pour lire une livraison avant qu’elle soit publique.",
    )

    def __init__(self, territory: Territory | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.territory = territory
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 (for the type checker)
        kind.choices = kinds_to_give(territory)
        if territory is None:
            del self.fields["committee"]
        else:
            self.initial.setdefault("kind", Role.Kind.CONTRIBUTOR)

    def clean(self) -> dict[str, Any]:
        """A committee is for those who are not of the team."""
        given = super().clean() or {}
        if given.get("committee") and given.get("kind") in TEAM_KINDS:
            self.add_error("committee", SEATED)
        return given


class InvitationForm(RoleFields):
    """Who is invited, as what."""

    email = forms.EmailField(
        label="Adresse électronique", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label="Nom", max_length=200)
    organisation = forms.ModelChoiceField(
        label="Organisme",
        queryset=Organisation.objects.order_by("name"),
        required=False,
        empty_label="aucun (habitante, habitant)",
    )
    field_order = ("email", "name", "organisation", "kind", "committee")

    def clean_email(self) -> str:
        """Addresses are known in lower case."""
        return str(self.cleaned_data["email"]).lower()

    def invitation(self) -> Invitation:
        """The invitation, not sent yet."""
        given = self.cleaned_data
        return Invitation(
            email=given["email"],
            name=given["name"],
            organisation=given["organisation"],
            territory=self.territory,
            kind=given["kind"],
            committee=given.get("committee"),
        )


class GivenRoleForm(RoleFields):
    """One more role for someone who is here already."""

    person = forms.ModelChoiceField(
        label="Personne", queryset=Person.objects.none(), empty_label="choisir…"
    )
    field_order = ("person", "kind", "committee")

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(territory, *args, auto_id="donner_%s", **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        here = Role.objects.current().filter(territory=territory)
        person.queryset = Person.objects.filter(pk__in=here.values("person")).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Refuse a role that the person has."""
        given = super().clean()
        if given.get("person") and given.get("kind"):
            same = Role.objects.current().filter(
                person=given["person"], territory=self.territory, kind=given["kind"]
            )
            if same.exists():
                self.add_error("kind", TWICE)
        return given


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What someone says of themselves; their body is said by the team, since it gives rights."""

    class Meta:  # noqa: D106
        model = Person
        fields = ("name", "function")
        help_texts = {  # noqa: RUF012
            "function": "Par exemple : cheffe de projet politique de la ville. "
            "Elle signe ce que vous publiez, avec votre nom et votre organisme."
        }


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """The body that someone speaks for."""

    class Meta:  # noqa: D106
        model = Person
        fields = ("organisation",)
        labels = {"organisation": "Organisme"}  # noqa: RUF012
        help_texts = {  # noqa: RUF012
            "organisation": "Une commune ou un bailleur invité peut répondre à une livraison "
            "par la voix de ses membres."
        }


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A body that takes part."""

    class Meta:  # noqa: D106
        model = Organisation
        fields = ("name", "kind")
