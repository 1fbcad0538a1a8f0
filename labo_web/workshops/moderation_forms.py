"""What a facilitator decides of one contribution."""

from typing import Any

from django import forms

from labo_web.workshops.models import Contribution
from labo_web.workshops.room_forms import LONGEST, PlainField


class ModerationForm(forms.Form):
    """Show it or not; why not; what a voice says; that a photo shows nobody."""

    state = forms.ChoiceField(
        label="Cette parole",
        choices=[
            (Contribution.State.SHOWN, "est montrée, au mur et sur les pages"),
            (Contribution.State.RECEIVED, "attend"),
            (Contribution.State.WITHHELD, "est écartée"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label="Raison",
        choices=[("", "aucune"), *Contribution.Reason.choices],
        required=False,
        help_text="Un désaccord n’est pas une raison de l’écarter.",
    )
    text = PlainField(
        label="Ce que dit le message vocal",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    no_face = forms.BooleanField(
        label="On ne voit aucun visage sur la photo, ni rien qui dise qui est là",
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """What is set aside is for a reason, which its author will read."""
        given = super().clean() or {}
        if given.get("state") == Contribution.State.WITHHELD and not given.get("reason"):
            self.add_error("reason", "Dites pourquoi : la personne qui l’a écrite le lira.")
        return given
