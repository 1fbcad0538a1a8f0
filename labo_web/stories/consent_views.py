"""Pages of consents: what the team records, and the private page of the person."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.documents.answer import file_of
from labo_web.releases.models import Release
from labo_web.stories.access import (
    get_consent_by_link,
    get_consent_to_read,
    get_territory_to_tell,
)
from labo_web.stories.documents import receipt_of
from labo_web.stories.forms import ConsentForm, SignForm
from labo_web.stories.models import Consent, Passage, Sending, Withdrawal
from labo_web.stories.withdrawal import withdraw
from labo_web.workshops.squares import qr_of

WRITE = ["GET", "HEAD", "POST"]
SOON = 60  # days
MOST = 500  # on one page, the newest


@never_cache
@require_safe
def consents(request: HttpRequest, territory: str) -> HttpResponse:
    """The consents of a territory: those that end soon or lack something come first."""
    here = get_territory_to_tell(request, territory)
    today = timezone.localdate()
    rows = list(Consent.objects.filter(territory=here).annotate(many=Count("blocks"))[:MOST])
    context = {
        "territory": here,
        "rows": [(c, c.against(today)) for c in rows],
        "soon": list(Consent.objects.filter(territory=here).ending(today, SOON)),
        "to_tell": Sending.objects.filter(story__territory=here, to_tell=True)
        .select_related("story"),
    }  # fmt: skip
    return render(request, "stories/consents.html", context)


@never_cache
@require_http_methods(WRITE)
def new(request: HttpRequest, territory: str) -> HttpResponse:
    """Record what a person agreed to, or prepare what they will sign; the link comes once."""
    here = get_territory_to_tell(request, territory)
    form = ConsentForm(sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.territory, made.recorded_by = here, signed_in(request).sign()
        made.fictive = Release.objects.filter(territory=here, fictive=True).exists()
        token = made.renew()
        made.save()
        return _handed(request, made, token)
    context = {"territory": here, "form": form}
    return render(request, "stories/consent_new.html", context, status=422 if form.errors else 200)


def _handed(request: HttpRequest, consent: Consent, token: str) -> HttpResponse:
    """Show the private link, which is not kept: to print and to hand over."""
    link = request.build_absolute_uri(reverse("private_consent", args=[token]))
    context = {"territory": consent.territory, "consent": consent, "link": link, "qr": qr_of(link)}
    return render(request, "stories/consent_link.html", context)


@never_cache
@require_http_methods(WRITE)
def consent(request: HttpRequest, territory: str, key: uuid.UUID) -> HttpResponse:
    """What a consent covers; a new link, or its withdrawal when the person asks the team."""
    found = get_consent_to_read(request, territory, key)
    asked = request.POST.get("action", "")
    if request.method == "POST" and found.withdrawn_at is None:
        if asked == "renew":
            token = found.renew()
            found.save(update_fields=["token_hash"])
            return _handed(request, found, token)
        if asked == "withdraw" and request.POST.get("sure") == "1":
            done = withdraw(found, Withdrawal.Asked.TEAM)
            messages.success(request, f"L’accord est retiré. Reçu n° {done.number}.")
            return redirect("consent", territory=territory, key=key)
    context = {
        "territory": found.territory,
        "consent": found,
        "against": found.against(timezone.localdate()),
        "blocks": found.blocks.select_related("story"),
        "done": Withdrawal.objects.filter(consent=found).first(),
        "unsure": asked == "withdraw",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "stories/consent.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def private(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the person alone: what they agreed to, where it is shown, and taking it back."""
    found = get_consent_by_link(token)
    asked = request.POST.get("action", "")
    may_sign = (
        found.how == Consent.How.SCREEN and found.signed_on is None and found.withdrawn_at is None
    )
    form = SignForm(found, request.POST if asked == "sign" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if asked == "withdraw":
            withdraw(found, Withdrawal.Asked.PERSON)
            return redirect("private_consent", token)
        if asked == "sign" and may_sign and form.is_valid():
            _sign(found, form)
            messages.success(request, "C’est signé. Gardez ce lien : il sert à changer d’avis.")
            return redirect("private_consent", token)
    context = {
        "consent": found,
        "token": token,
        "form": form if may_sign else None,
        "shown": _shown(found),
        "done": Withdrawal.objects.filter(consent=found).first(),
        "today": timezone.localdate(),
    }
    return render(request, "stories/private.html", context, status=status)


def _sign(consent: Consent, form: SignForm) -> None:
    given = form.cleaned_data
    for name in ("image", "voice", "words", "on_site", "in_documents", "in_data"):
        setattr(consent, name, bool(given.get(name)))
    consent.signed_name, consent.signed_on = given["name"], timezone.localdate()
    consent.save()


def _shown(consent: Consent) -> list[Passage]:
    """Return the passages of public versions that rest on a consent."""
    rows = Passage.objects.filter(
        block__consents=consent, erased_at=None, block__story__published_version__isnull=False
    )
    rows = rows.select_related("block__story__territory", "medium").prefetch_related(
        "placements__version"
    )
    return [
        p for p in rows
        if any(x.version.number == p.block.story.published_version for x in p.placements.all())
    ]  # fmt: skip


@never_cache
@require_safe
def receipt(_request: HttpRequest, token: str) -> HttpResponse:
    """The proof that a consent was taken back, as PDF."""
    found = get_consent_by_link(token)
    done = Withdrawal.objects.filter(consent=found).first()
    if done is None:
        raise Http404("Cet accord n’a pas été retiré : il n’y a pas de reçu.")
    return file_of(receipt_of(found, done), f"recu-{done.number.replace(' ', '')}", "pdf")
