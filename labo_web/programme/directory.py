"""The peer directory: who did what, and whom to call. Bodies, and people only where they agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.measure import MEASURES
from labo.measure_words import FAMILIES
from labo_web.accounts.access import is_facilitator, roles_of, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import TEAM_KINDS, Territory
from labo_web.programme.meeting_access import get_cohorts_for
from labo_web.programme.models import Contact, Membership, Programme
from labo_web.programme.withdrawn import forget
from labo_web.roadmaps.models import Action
from labo_web.roadmaps.models.sheet import COMMITTED
from labo_web.workshops.event_forms import to_choose
from labo_web.workshops.models import Event
from labo_web.workshops.room_forms import PlainField

MOST = 300  # actions that one page lists


@dataclass(frozen=True)
class Done:
    """An action that a territory has committed to, and the body that pilots it."""

    action: Action
    measure: str
    label: str
    theme: str

    @property
    def territory(self) -> Territory:
        """Whose it is."""
        return self.action.roadmap.territory


def territories_of(programmes: Sequence[Programme]) -> list[Territory]:
    """Return the territories that are in any of these programmes, by name."""
    rows = Membership.objects.current().filter(programme__in=programmes)
    return list(Territory.objects.filter(pk__in=rows.values("territory")))


def done_by(territories: Sequence[Territory]) -> list[Done]:
    """Return the public actions that were committed to, under way or done, by measure."""
    by_id = {x.id: x for x in MEASURES}
    rows = (
        Action.objects.public()
        .filter(roadmap__territory__in=territories, level__in=COMMITTED)
        .select_related("pilot", "roadmap__territory")
        .order_by("measure", "roadmap__territory__name", "number")[:MOST]
    )
    found = []
    for row in rows:
        measure = by_id.get(row.measure)
        label, theme = (measure.label, measure.family) if measure else ("", "")
        found.append(Done(row, row.measure if measure else "", label, theme))
    return found


def held_by(territories: Sequence[Territory]) -> dict[int, list[tuple[str, int]]]:
    """Return which formats each territory has held, and how many times."""
    rows = (
        Event.objects.announced()
        .exclude(state=Event.State.CANCELLED)
        .past()
        .filter(territory__in=territories)
        .order_by("territory", "kind")
        .values_list("territory", "kind")
        .annotate(n=Count("pk"))
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for territory, kind, n in rows:
        found.setdefault(territory, []).append((str(Event.Kind(kind).label), n))
    return found


@never_cache
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Who did this, whom to call: by measure, theme or territory."""
    territories = territories_of(get_cohorts_for(request))
    everything = done_by(territories)
    asked = {name: request.GET.get(name, "")[:100] for name in ("mesure", "theme", "territoire")}
    rows = [
        d
        for d in everything
        if asked["mesure"] in ("", d.measure)
        and asked["theme"] in ("", d.theme)
        and asked["territoire"] in ("", d.territory.code)
    ]
    shown = [t for t in territories if asked["territoire"] in ("", t.code)]
    held = held_by(shown)
    contacts = list(
        Contact.objects.filter(territory__in=shown).select_related(
            "person__organisation", "territory"
        )
    )
    context = {
        "rows": rows,
        "asked": asked,
        "filtered": any(asked.values()),
        "measures": sorted({(d.measure, d.label) for d in everything if d.measure},
                           key=lambda x: x[1]),
        "themes": [(key, FAMILIES[key]) for key in FAMILIES
                   if any(d.theme == key for d in everything)],
        "territories": territories,
        "held": [(t, held.get(t.pk, [])) for t in shown],
        "contacts": contacts,
        "most": MOST if len(everything) == MOST else 0,
    }  # fmt: skip
    return render(request, "programme/meeting_directory.html", context)


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """What somebody agrees to have read by the teams of the programme."""

    about = PlainField(
        label="Sur quoi on peut vous appeler", max_length=300,
        help_text="Par exemple : une cour d’école plantée, un accord avec un bailleur.",
    )  # fmt: skip
    reach = PlainField(
        label="Adresse électronique ou téléphone professionnels", max_length=120,
        help_text="Pas un numéro personnel.",
    )  # fmt: skip
    agreed = forms.BooleanField(
        label="J’accepte que les équipes des territoires du programme lisent mon nom, mon "
        "organisme et ces deux lignes",
        error_messages={"required": "Sans votre accord, rien n’est enregistré."},
    )

    class Meta:  # noqa: D106
        model = Contact
        fields = ("territory", "about", "reach")

    def __init__(self, territories: Sequence[Territory], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        territory = self.fields["territory"]
        assert isinstance(territory, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
        territory.queryset = Territory.objects.filter(pk__in=[t.pk for t in territories])
        to_choose(self, "territory")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Agree to be called by peers, change it, or take it back: it is then erased."""
    cohort = territories_of(get_cohorts_for(request))
    here = {r.territory_id for r in roles_of(request) if r.kind in TEAM_KINDS}
    territories = cohort if is_facilitator(request) else [t for t in cohort if t.pk in here]
    person = signed_in(request)
    mine = list(Contact.objects.filter(person=person).select_related("territory"))
    if request.method == "POST" and "withdraw" in request.POST:
        pk = request.POST["withdraw"]
        gone = [c for c in mine if str(c.pk) == pk]
        for row in gone:
            forget(row)
            messages.success(request, f"{row.territory} : votre contact est effacé.")
        return redirect("peer_contact")
    form = ContactForm(territories, sent(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        Contact.objects.update_or_create(
            person=person, territory=given["territory"],
            defaults={"about": given["about"], "reach": given["reach"]},
        )  # fmt: skip
        messages.success(request, "C’est enregistré. Vous pouvez l’effacer quand vous voulez.")
        return redirect("peer_contact")
    context = {"form": form, "mine": mine}
    status = 422 if form.errors else 200
    return render(request, "programme/meeting_contact.html", context, status=status)
