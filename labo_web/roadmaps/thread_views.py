"""Pages of the thread: an action's, a territory's, what is urgent, and tying one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labo_web.accounts.access import may_decide, signed_in
from labo_web.accounts.forms import sent
from labo_web.releases.models import Release
from labo_web.resources.models import Resource
from labo_web.roadmaps import checks, figures, linking, public_thread, thread
from labo_web.roadmaps.access import (
    get_action_for,
    get_action_to_edit,
    get_public_action,
    get_roadmap_for,
    get_roadmap_to_edit,
    latest_release,
    neighbourhoods,
)
from labo_web.roadmaps.models import Link, Priority, Roadmap
from labo_web.roadmaps.views import WRITE
from labo_web.workshops.models import Contribution, SolutionSheet

NO_RELEASE = "Aucune livraison n’est importée : il n’y a pas encore de chiffre à relier."
MOST_CHOICES = 500


class SentenceForm(forms.Form):
    """What is pointed to, and why, in a sentence without figures."""

    target = forms.ChoiceField(label="Quoi")
    sentence = forms.CharField(
        label="En une phrase, pourquoi",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Avec vos mots. Un chiffre ne se tape pas : il vient de la livraison. "
        "Ne recopiez pas une parole : son auteur peut la reprendre. Ne nommez personne : "
        "tout le monde lira cette phrase quand la fiche sera publiée.",
    )

    def __init__(self, choices: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = self.fields["target"]
        assert isinstance(target, forms.ChoiceField)  # noqa: S101 (for the type checker)
        target.choices = [("", "choisir…"), *choices]


def _refuse_figures(
    request: HttpRequest, roadmap: Roadmap, ref: figures.Reference, form: SentenceForm
) -> None:
    """Say which figures of a sentence were typed."""
    found = figures.figures_of(request, roadmap.territory, [ref])[ref]
    if typed := figures.typed_in(form.cleaned_data["sentence"], found):
        form.add_error(
            "sentence",
            f"Un chiffre ne se tape pas (ici : {', '.join(typed)}) : la page le met, avec son "
            "intervalle et sa livraison. Dites-le sans nombre.",
        )


@never_cache
@require_http_methods(WRITE)
def priorities(request: HttpRequest, territory: str) -> HttpResponse:
    """Which vulnerabilities the team declares urgent, and which have no action."""
    roadmap = get_roadmap_for(request, territory)
    edits = may_decide(request, roadmap.territory)
    if request.method == "POST" and not edits:
        raise Http404("Seule l’équipe du territoire déclare une vulnérabilité prioritaire.")
    release = latest_release(roadmap.territory)
    names = neighbourhoods(roadmap.territory)
    choices = figures.choices_of(request, release, names) if release and edits else []
    form = SentenceForm(choices, sent(request))
    if request.method == "POST" and form.is_valid() and release is not None:
        zone, _, name = form.cleaned_data["target"].partition("|")
        _refuse_figures(request, roadmap, (release.pk, zone, name), form)
        if not form.errors:
            try:
                with transaction.atomic():
                    Priority.objects.create(
                        roadmap=roadmap, zone=zone, indicator=name, release=release,
                        why=form.cleaned_data["sentence"], signature=signed_in(request).sign(),
                    )  # fmt: skip
            except IntegrityError:
                form.add_error("target", "Cette vulnérabilité est déjà déclarée prioritaire.")
            else:
                messages.success(request, "La vulnérabilité est déclarée prioritaire.")
                return redirect("priorities", territory=territory)
    context = {
        "roadmap": roadmap,
        "form": form if edits and release else None,
        "roots": thread.whole(request, roadmap).vulnerabilities,
        "edits": edits,
        "no_release": "" if release else NO_RELEASE,
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/priorities.html", context, status=status)


@require_POST
def withdraw_priority(request: HttpRequest, territory: str, pk: int) -> HttpResponse:
    """Say that a vulnerability is no longer urgent; the row stays, with its dates."""
    roadmap = get_roadmap_to_edit(request, territory)
    changed = roadmap.priorities.filter(pk=pk, withdrawn_on=None)
    if not changed.update(withdrawn_on=timezone.localdate()):
        raise Http404("Cette priorité n’existe plus.")
    messages.success(request, "Elle n’est plus prioritaire. La ligne reste dans l’historique.")
    return redirect("priorities", territory=territory)


KINDS: Mapping[str, str] = {
    "chiffre": Link.Kind.FIGURE,
    "vulnerabilite": Link.Kind.PRIORITY,
    "parole": Link.Kind.CONTRIBUTION,
    "ressource": Link.Kind.RESOURCE,
    "fiche": Link.Kind.SOLUTION,
}


def _choices(
    request: HttpRequest, roadmap: Roadmap, kind: str, release: Release | None
) -> list[Any]:
    """Return what can be tied, of a kind."""
    here = roadmap.territory
    if kind == Link.Kind.FIGURE:
        names = neighbourhoods(here)
        return list(figures.choices_of(request, release, names)) if release else []
    if kind == Link.Kind.PRIORITY:
        rows = roadmap.priorities.filter(withdrawn_on=None)
        found = thread.Names(request, roadmap, [], rows)
        made = []
        for p in rows:
            f = found.figure(p.release_id, p.zone, p.indicator)
            made.append((str(p.pk), f"{f.place} : {f.label}"))
        return made
    if kind == Link.Kind.CONTRIBUTION:
        words = Contribution.objects.shown().filter(territory=here).order_by("-pk")[:MOST_CHOICES]
        return [(str(w.pk), f"{w.number_shown} – {w.text[:80]}") for w in words]
    if kind == Link.Kind.RESOURCE:
        kept = Resource.objects.kept().filter(territory=here)[:MOST_CHOICES]
        labels = thread.resource_names({r.pk for r in kept}, team=True)
        return [(str(r.pk), f"{r.number} {labels[r.pk]}") for r in kept if r.pk in labels]
    sheets = SolutionSheet.objects.filter(territory=here)[:MOST_CHOICES]
    return [(str(s.pk), str(s)) for s in sheets]


@never_cache
@require_http_methods(WRITE)
def links(request: HttpRequest, territory: str, number: int, kind: str) -> HttpResponse:
    """Tie an action to a figure, a word, a vulnerability, a resource or a solution sheet."""
    here = get_action_to_edit(request, territory, number)
    if kind not in KINDS:
        raise Http404("On ne relie pas une action à cela.")
    which = KINDS[kind]
    release = latest_release(here.roadmap.territory)
    form = SentenceForm(_choices(request, here.roadmap, which, release), sent(request))
    if request.method == "POST" and form.is_valid():
        target = _target(here.roadmap, which, form.cleaned_data["target"], release)
        if isinstance(target, tuple):
            _refuse_figures(request, here.roadmap, (target[0].pk, *target[1:]), form)
        if not form.errors:
            linking.add(here, which, target, form.cleaned_data["sentence"], by=signed_in(request))
            messages.success(request, "Le lien est noté.")
            return redirect("links", territory=territory, number=number, kind=kind)
    now = here.links.filter(removed_on=None, kind=which).select_related(*thread.LINKS)
    found = list(now)
    names = thread.Names(request, here.roadmap, found)
    context = {
        "roadmap": here.roadmap,
        "action": here,
        "form": form,
        "kind": kind,
        "kinds": [(key, Link.Kind(value).label) for key, value in KINDS.items()],
        "label": Link.Kind(which).label,
        "rows": [(x, names.stop(x)) for x in found],
    }
    status = 422 if form.errors else 200
    return render(request, "roadmaps/links.html", context, status=status)


def _target(roadmap: Roadmap, kind: str, typed: str, release: Release | None) -> linking.Target:
    """Return what a choice of the form stands for."""
    if kind == Link.Kind.FIGURE and release is not None:
        zone, _, name = typed.partition("|")
        return (release, zone, name)
    models: dict[str, Any] = {
        Link.Kind.PRIORITY: roadmap.priorities,
        Link.Kind.CONTRIBUTION: Contribution.objects.filter(territory=roadmap.territory),
        Link.Kind.RESOURCE: Resource.objects.filter(territory=roadmap.territory),
        Link.Kind.SOLUTION: SolutionSheet.objects.filter(territory=roadmap.territory),
    }
    found: linking.Target = models[kind].get(pk=int(typed))
    return found


@require_POST
def unlink(request: HttpRequest, territory: str, number: int, pk: int) -> HttpResponse:
    """Untie; the history keeps that it was tied."""
    here = get_action_to_edit(request, territory, number)
    found = here.links.filter(pk=pk, removed_on=None).first()
    if found is None:
        raise Http404("Ce lien n’existe plus.")
    linking.remove(found, by=signed_in(request))
    messages.success(request, "Le lien est retiré ; l’historique s’en souvient.")
    kind = next(key for key, value in KINDS.items() if value == found.kind)
    return redirect("links", territory=territory, number=number, kind=kind)


@never_cache
@require_safe
def action_thread(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """The thread of an action, to walk or to print; everyone reads that of a published one."""
    public = get_public_action(request, territory, number)
    if public is not None:
        here, stages = public, public_thread.chain(request, public)
    else:
        here = get_action_for(request, territory, number)
        stages = thread.chain(request, here)
    context = {
        "roadmap": here.roadmap,
        "action": here,
        "stages": stages,
        "unfolded": "tout" in request.GET,
        "foldable": any(stage.more for stage in stages),
    }
    page = "public_thread" if public is not None else "action_thread"
    return render(request, f"roadmaps/{page}.html", context)


@never_cache
@require_safe
def territory_thread(request: HttpRequest, territory: str) -> HttpResponse:
    """From any vulnerability, word or resource, the actions that rest on it, or are missing."""
    roadmap = get_roadmap_for(request, territory)
    context = {
        "roadmap": roadmap,
        "whole": thread.whole(request, roadmap),
        "unfolded": "tout" in request.GET,
    }
    return render(request, "roadmaps/thread.html", context)


@never_cache
@require_safe
def check(request: HttpRequest, territory: str) -> HttpResponse:
    """What is wrong with the roadmap, with the repair."""
    roadmap = get_roadmap_for(request, territory)
    found = list(roadmap.actions.whole())
    urgent = list(roadmap.priorities.filter(withdrawn_on=None))
    names = thread.Names(request, roadmap, [], urgent)
    figured = {p.pk: names.figure(p.release_id, p.zone, p.indicator) for p in urgent}
    labels = {pk: f"{f.place} : {f.label}" for pk, f in figured.items()}
    problems = checks.of_roadmap(found, urgent, labels)
    groups: dict[str, list[checks.Problem]] = {}
    for p in problems:
        groups.setdefault(p.check, []).append(p)
    context = {
        "roadmap": roadmap,
        "groups": sorted(groups.items(), key=lambda item: -len(item[1])),
        "problems": problems,
        "sheets": len(found),
        "edits": may_decide(request, roadmap.territory),
    }
    return render(request, "roadmaps/checks.html", context)
