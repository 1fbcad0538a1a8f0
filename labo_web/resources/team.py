"""What the team does: reads what came, publishes or says why not, edits, records who went."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.resources import giving
from labo_web.resources.access import (
    get_contradiction_to_moderate,
    get_resource_to_edit,
    get_territory_to_moderate,
)
from labo_web.resources.forms import (
    ConfirmationForm,
    DescriptionForm,
    ReadingForm,
    RulingForm,
    VerificationForm,
)
from labo_web.resources.models import Contradiction, Description, Resource
from labo_web.resources.needs import FRAGILITIES, NEEDS

MEANWHILE = (
    "Quelqu’un a enregistré cette fiche pendant que vous l’écriviez. Votre texte est encore "
    "ci-dessous : ouvrez la fiche dans un autre onglet, comparez, puis enregistrez de nouveau."
)


@never_cache
@require_safe
def queue(request: HttpRequest, territory: str) -> HttpResponse:
    """What waits for somebody of the team, the oldest first."""
    release = get_territory_to_moderate(request, territory)
    rows = Description.objects.newest().filter(resource__territory=release.territory)
    shown = Contradiction.objects.shown().filter(territory=release.territory)
    said = shown.order_by("created_at").with_newest()
    context = {
        "release": release,
        "pending": [x for x in rows.order_by("pk") if x.status == "pending"],
        "refused": [x for x in rows if x.status == "refused"],
        "unread": [x for x, _ in said if x.text and not x.read_on],
        "unverified": [x for x, verified in said if verified is None],
        "rest": [(x, verified) for x, verified in said if verified is not None],
    }
    return render(request, "resources/queue.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Publish a resource, or say why not; whoever gave it reads the reason on their link."""
    release, x = get_resource_to_edit(request, territory, pk)
    form = RulingForm(sent(request))
    if request.method == "POST" and form.is_valid():
        giving.rule(x, person=signed_in(request), **form.cleaned_data)
        messages.success(request, f"{x.resource.number} : c’est enregistré, avec la raison.")
        return redirect("moderate_resources", territory=release.territory.code)
    context = {
        "release": release,
        "x": x,
        "form": form,
        "contact": getattr(x.resource, "contact", None),
        "consent": x.resource.consents.last(),
        "rulings": x.rulings.select_related("person"),
        "needs": [NEEDS[name] for name in x.needs if name in NEEDS],
        "fragile": [FRAGILITIES[name] for name in x.fragilities if name in FRAGILITIES],
    }
    status = 422 if form.errors else 200
    return render(request, "resources/moderate.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Write a resource again: a new row, the former ones stay."""
    release, x = get_resource_to_edit(request, territory, pk)
    kept = Description.objects.get(pk=x.pk)
    form = DescriptionForm(release, sent(request), instance=kept, initial={"kind": x.resource.kind})
    if request.method == "POST" and form.is_valid():
        if request.POST.get("version") != str(x.version):
            form.add_error(None, MEANWHILE)
        elif _saved(request, x.resource, form):
            messages.success(request, "La fiche est enregistrée et publiée.")
            return redirect("resource", territory=release.territory.code, pk=pk)
        else:
            form.add_error(None, MEANWHILE)
    context = {"release": release, "x": x, "form": form, "version": x.version}
    status = 422 if form.errors else 200
    return render(request, "resources/edit.html", context, status=status)


def _saved(request: HttpRequest, resource: Resource, form: DescriptionForm) -> bool:
    try:
        with transaction.atomic():
            resource.kind = form.cleaned_data["kind"]
            resource.save(update_fields=["kind"])
            giving.write(resource, form.written, signed_in(request))
    except IntegrityError:
        return False
    return True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, territory: str) -> HttpResponse:
    """Add a resource in the name of the team: published at once."""
    release = get_territory_to_moderate(request, territory)
    form = DescriptionForm(release, sent(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = Resource.objects.create(
                territory=release.territory,
                kind=form.cleaned_data["kind"],
                source=Resource.Source.TEAM,
                fictive=release.fictive,
            )
            giving.write(made, form.written, signed_in(request))
        messages.success(request, f"{made.number} est publiée.")
        return redirect("resource", territory=release.territory.code, pk=made.pk)
    context = {"release": release, "form": form}
    status = 422 if form.errors else 200
    return render(request, "resources/edit.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Record that a named body went to see, or that the holder confirmed what it answers for."""
    release, x = get_resource_to_edit(request, territory, pk)
    confirms = request.POST.get("what") == "confirmation"
    given = sent(request)
    verification = VerificationForm(None if confirms else given, prefix="v")
    confirmation = ConfirmationForm(given if confirms else None, prefix="c")
    if given is not None:
        form = confirmation if confirms else verification
        if form.is_valid():
            row = form.save(commit=False)
            row.resource, row.person = x.resource, signed_in(request)
            row.save()
            if not confirms and row.holds:
                _checked(x, row.checked_on, request)
            messages.success(request, "C’est enregistré, avec le jour et la structure.")
            return redirect("resource", territory=release.territory.code, pk=pk)
    context: dict[str, Any] = {
        "release": release,
        "x": x,
        "verification": verification,
        "confirmation": confirmation,
    }
    status = 422 if verification.errors or confirmation.errors else 200
    return render(request, "resources/verify.html", context, status=status)


def _checked(x: Description, day: Any, request: HttpRequest) -> None:
    """Write a description that was found exact again, checked on a day."""
    if x.status != "published" or (x.checked_on is not None and x.checked_on >= day):
        return
    written = {name: getattr(x, name) for name in DescriptionForm.Meta.fields}
    giving.write(x.resource, written | {"checked_on": day}, signed_in(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def moderate_contradiction(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Read a contradiction for personal data and insults, and record which body went to see."""
    release, x = get_contradiction_to_moderate(request, territory, pk)
    verifies = request.POST.get("what") == "verification"
    given = sent(request)
    reading = ReadingForm(None if verifies else given, initial={"withheld": x.withheld})
    verification = VerificationForm(given if verifies else None, prefix="v")
    if given is not None:
        if verifies and verification.is_valid():
            row = verification.save(commit=False)
            row.contradiction, row.person = x, signed_in(request)
            row.save()
            messages.success(request, _recounted(x, holds=row.holds))
            return redirect("moderate_resources", territory=release.territory.code)
        if not verifies and reading.is_valid():
            x.withheld = reading.cleaned_data["withheld"]
            x.read_on, x.read_by = timezone.localdate(), signed_in(request)
            x.save(update_fields=["withheld", "read_on", "read_by"])
            messages.success(request, f"{x.number} : c’est enregistré.")
            return redirect("moderate_resources", territory=release.territory.code)
    context = {
        "release": release,
        "x": x,
        "reading": reading,
        "verification": verification,
        "verifications": x.verifications.select_related("body"),
    }
    status = 422 if reading.errors or verification.errors else 200
    return render(request, "resources/moderate_contradiction.html", context, status=status)


def _recounted(x: Contradiction, *, holds: bool) -> str:
    if not holds:
        return (
            f"{x.number} : vérifié, ce n’est pas le cas. Le signalement reste, avec cette réponse."
        )
    return f"{x.number} : vérifié. Les chiffres d’accès ont maintenant une lecture corrigée à côté."


@require_POST
def remove(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Take a resource back for whoever asks the team, who lost their link."""
    release, x = get_resource_to_edit(request, territory, pk)
    giving.withdraw(x.resource)
    messages.success(request, f"{x.resource.number} est retirée partout.")
    return redirect("moderate_resources", territory=release.territory.code)
