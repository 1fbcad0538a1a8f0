"""Pages of the answer: what everyone reads, what the team groups, what a service answers, what
the author alone follows, and what the resource centre looks at again.
"""

from __future__ import annotations

import csv
import io
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import is_facilitator, may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.accounts.models import fingerprint
from labo_web.documents.spreadsheet import harmless
from labo_web.documents.texts import clean
from labo_web.releases.access import get_release_for
from labo_web.releases.models import Release, Zone
from labo_web.resources.rate import too_often
from labo_web.workshops.access import get_territory_to_run
from labo_web.workshops.answers import outcomes
from labo_web.workshops.answers.forms import (
    AnswerForm,
    GroupForm,
    ReviewRequestForm,
    SayHereForm,
    SettleForm,
    StatusForm,
)
from labo_web.workshops.answers.heard import contributions_of, heard_of, status_of
from labo_web.workshops.answers.onward import became
from labo_web.workshops.formats import FORMATS
from labo_web.workshops.models import Contribution, Event, RefusalReview, Subject
from labo_web.workshops.photos import BadMedium

A_PAGE = 100
SESSIONS = 20


@require_safe
def heard(request: HttpRequest, territory: str, zone: str = "") -> HttpResponse:
    """What was heard in a neighbourhood or a territory, and what became of it."""
    release, here = _place(request, territory, zone)
    held = Event.objects.announced().filter(territory=release.territory, kind__in=FORMATS)
    held = held.exclude(state=Event.State.CANCELLED).filter(starts_at__lte=timezone.now())
    context = {
        "release": release,
        "zone": here,
        "heard": heard_of(release.territory, zone),
        "sessions": (held.filter(zone=zone) if zone else held).order_by("-starts_at")[:SESSIONS],
    }
    return render(request, "workshops/heard.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def say_here(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Say something of a neighbourhood, without an account; a number and a link come back."""
    release, here = _place(request, territory, zone)
    files = request.FILES if request.method == "POST" else None
    form = SayHereForm(sent(request), files, initial={"page_id": uuid.uuid4()})
    status, made = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid() and not form.machine:
            if too_often(request, territory):
                form.add_error(None, "Trop de messages viennent d’arriver : réessayez plus tard.")
                status = 429
            else:
                given = form.cleaned_data
                photo = given["photo"].read() if given["photo"] else None
                try:
                    made = outcomes.keep_here(
                        release.territory, zone, given["page_id"], given["text"],
                        given["dictated_to"], photo,
                    )  # fmt: skip
                except BadMedium as error:
                    form.add_error("photo", str(error))
                else:
                    status = 200
    link = request.build_absolute_uri(reverse("follow", args=[made.token])) if made else ""
    context = {"release": release, "zone": here, "form": form, "made": made, "link": link}
    return render(request, "workshops/say_here.html", context, status=status)


COLUMNS = (
    "numero", "date", "forme", "texte", "sujet", "etat", "parce_que", "d_accord", "pas_d_accord",
    "hesitent", "avis_minoritaire",
)  # fmt: skip


@require_safe
def heard_csv(request: HttpRequest, territory: str, zone: str = "") -> HttpResponse:
    """The same as a table of now: what was taken back is not in it."""
    release, _ = _place(request, territory, zone)
    found = heard_of(release.territory, zone)
    out = io.StringIO()
    out.write("\ufeff")  # without it a French spreadsheet misreads accents
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    for title, words in [("", found.alone), *((t.title, t.words) for t in found.topics)]:
        for w in words:
            row = (
                w.number, w.day.isoformat(), w.said, clean(w.text), clean(title), w.status,
                clean(w.because), w.support, w.oppose, w.doubt, "oui" if w.minority else "non",
            )  # fmt: skip
            writer.writerow([harmless(str(cell)) for cell in row])
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="ce-qu-on-entend.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _place(request: HttpRequest, territory: str, zone: str) -> tuple[Release, Zone | None]:
    release = get_release_for(request, territory)
    if not zone:
        return release, None
    here = release.zones.filter(code=zone, kind__in=("qpv", "perimeter")).first()
    if here is None:
        raise Http404("Ce quartier n’est pas dans cette livraison.")
    return release, here


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def to_group(request: HttpRequest, territory: str) -> HttpResponse:
    """What waits for a subject, those that look alike together; and the subjects."""
    here = get_territory_to_run(request, territory)
    form = GroupForm(here, sent(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        subject = given["subject"] or Subject.objects.create(
            territory=here,
            zone=given["zone"],
            title=given["title"],
            service=given["service"],
            due_on=given["due_on"],
            fictive=any(c.event and c.event.fictive for c in given["contributions"]),
        )
        many = outcomes.group(subject, given["contributions"], signed_in(request))
        messages.success(
            request,
            f"{many} parole{'s' if many > 1 else ''} dans le sujet « {subject.title} ».",
        )
        return redirect("subject", subject.pk)
    waiting = list(
        contributions_of(here)
        .filter(erased_at=None, grouping__isnull=True)
        .exclude(state=Contribution.State.WITHHELD)
        .exclude(text="")[: outcomes.MOST_COMPARED]
    )
    like = _like(request, waiting)
    rows = [row for _, row in outcomes.alike(like.text, waiting)] if like else waiting
    subjects = Subject.objects.filter(territory=here).with_answer().select_related("service")
    context = {
        "territory": here,
        "form": form,
        "rows": rows[:A_PAGE],
        "more": max(len(rows) - A_PAGE, 0),
        "like": like,
        "chosen": set(request.POST.getlist("contributions")),
        "subjects": subjects[:A_PAGE],
        "today": timezone.localdate(),
        "centre": is_facilitator(request),
    }
    status = 422 if form.errors else 200
    return render(request, "workshops/to_group.html", context, status=status)


def _like(request: HttpRequest, rows: list[Contribution]) -> Contribution | None:
    asked = request.GET.get("comme", "")
    return next((c for c in rows if str(c.pk) == asked), None)


def get_subject_to_answer(request: HttpRequest, pk: int) -> Subject:
    """Return a subject that whoever asks may answer: of the team, or of the service; or 404."""
    found = Subject.objects.select_related("territory", "service").filter(pk=pk).first()
    body = getattr(request.user, "organisation_id", None)
    if found is None or not (
        may_decide(request, found.territory) or (body is not None and body == found.service_id)
    ):
        raise Http404("Ce sujet n’existe pas, ou ce n’est pas à vous d’y répondre.")
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subject(request: HttpRequest, pk: int) -> HttpResponse:
    """A subject: its contributions, its answer, and what they have become."""
    found = get_subject_to_answer(request, pk)
    team = may_decide(request, found.territory)
    asked = request.POST.get("action", "")
    given = sent(request)
    answering = AnswerForm(given if asked == "answer" else None)
    status_form = StatusForm(given if asked == "status" else None, prefix="etat")
    person = signed_in(request)
    done = ""
    if asked == "answer" and answering.is_valid():
        if person.unsigned:
            answering.add_error(None, person.unsigned)
        else:
            outcomes.answer(found, answering.cleaned_data["text"], person)
            done = "La réponse est publiée et signée."
    elif asked == "status" and team and status_form.is_valid():
        outcomes.change(
            found.contributions.filter(erased_at=None), by=person, **status_form.cleaned_data
        )
        done = "L’état est noté pour toutes les paroles du sujet."
    elif asked == "leave" and team and (left := request.POST.get("contribution", "")).isdecimal():
        found.groupings.filter(contribution=int(left[:12])).delete()
        done = "Cette parole n’est plus dans le sujet."
    if done:
        messages.success(request, done)
        return redirect("subject", found.pk)
    rows = Contribution.objects.filter(grouping__subject=found, erased_at=None)
    rows = rows.select_related("event").prefetch_related("statuses")
    context = {
        "subject": found,
        "team": team,
        "rows": [(c, *status_of(list(c.statuses.all()))) for c in rows],
        "answers": found.answers.select_related("signature", "organisation"),
        "answering": answering,
        "status_form": status_form if team else None,
        "unsigned": person.unsigned,
        "event": next((c.event for c in rows if c.event), None),
    }
    refused = request.method == "POST"
    return render(request, "workshops/subject.html", context, status=422 if refused else 200)


def get_contribution_of_author(token: str) -> Contribution:
    """Return the contribution whose private link is held, or answer 404."""
    found = (
        Contribution.objects.select_related("territory", "event", "question")
        .filter(token_hash=fingerprint(token))
        .first()
    )
    if found is None:
        raise Http404(
            "Ce lien n’ouvre rien : recopiez-le en entier, tel qu’il est sur votre téléphone ou "
            "votre papier."
        )
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """What became of one's own words, without an account: follow, take back, ask again."""
    said = get_contribution_of_author(token)
    form = ReviewRequestForm(sent(request) if request.POST.get("action") == "review" else None)
    action = request.POST.get("action", "")
    done = ""
    if action == "withdraw" and not said.erased_at:
        outcomes.forget(said)
        done = "Votre parole est effacée. Son numéro reste, sans rien dedans."
    elif (
        action == "review"
        and form.is_valid()
        and outcomes.ask_review(said, form.cleaned_data["words"])
    ):
        done = "Le centre de ressources va regarder de nouveau, et vous répondra ici."
    if done:
        messages.success(request, done)
        return redirect("follow", token)
    grouping = getattr(said, "grouping", None)
    topic = grouping.subject if grouping else None
    context = {
        "said": said,
        "statuses": said.statuses.all(),
        "subject": topic,
        "answers": topic.answers.select_related("organisation") if topic else [],
        "reviews": said.reviews.all(),
        "became": became([said.pk]).get(said.pk, ()),
        "may_ask": said.state == Contribution.State.WITHHELD
        and not said.erased_at
        and not said.reviews.filter(outcome="").exists(),
        "form": form,
        "token": token,
    }
    answer = render(
        request, "workshops/follow.html", context, status=422 if request.method == "POST" else 200
    )
    # The address is a secret: passed on to no other site, nor found by searching. A stricter policy
    # would hide from us where its own forms come from, and they would be refused.
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@never_cache
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """Refusals that somebody asked to look at again: for the resource centre."""
    if not is_facilitator(request):
        raise Http404("Le centre de ressources regarde les refus de nouveau.")
    rows = RefusalReview.objects.select_related("contribution__territory")
    context = {
        "waiting": rows.filter(outcome="", contribution__erased_at=None),
        "settled": rows.exclude(outcome="").order_by("-pk")[:A_PAGE],
    }
    return render(request, "workshops/reviews.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide of a refusal, and say why."""
    if not is_facilitator(request):
        raise Http404("Le centre de ressources regarde les refus de nouveau.")
    review = (
        RefusalReview.objects.select_related("contribution__territory")
        .filter(pk=pk, outcome="", contribution__erased_at=None)
        .first()
    )
    if review is None:
        raise Http404("Cette demande a déjà sa réponse, ou a été retirée.")
    form = SettleForm(sent(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        outcomes.settle(review, given["outcome"], given["because"], signed_in(request))
        messages.success(request, "La décision est notée, et lue par la personne qui a demandé.")
        return redirect("reviews")
    context = {"review": review, "said": review.contribution, "form": form}
    return render(request, "workshops/settle.html", context, status=422 if form.errors else 200)
