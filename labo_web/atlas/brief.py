"""Pages where an officer chooses and rewrites what a neighbourhood's page says first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from labo_web.accounts.access import signed_in
from labo_web.releases import findings
from labo_web.releases.access import get_zone_to_write
from labo_web.releases.findings import FIGURE, PARTS, PLACES, WHOLE, Item, Subject
from labo_web.releases.models import Brief, Zone
from labo_web.releases.reading import HAZARDS, Reading

LONGEST = 400


class BriefForm(forms.Form):
    """Three places in each part: what it speaks of, and the sentence around its figure."""

    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, known: Mapping[str, Subject], choices: list[Any], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        for part in PARTS:
            for place in range(1, PLACES + 1):
                self.fields[f"{part}-{place}-subject"] = forms.ChoiceField(
                    label="De quoi parle-t-on ?",
                    choices=choices,
                    required=False,
                )
                self.fields[f"{part}-{place}-sentence"] = forms.CharField(
                    label="La phrase",
                    required=False,
                    max_length=LONGEST,
                    widget=forms.Textarea(attrs={"rows": 3}),
                )

    def places(self) -> Iterator[dict[str, Any]]:
        """Give the parts with their places, for the page."""
        for part, (noun, _) in PARTS.items():
            rows = []
            for place in range(1, PLACES + 1):
                name = f"{part}-{place}"
                key = self[f"{name}-subject"].value() or ""
                rows.append(
                    {
                        "name": name,
                        "place": place,
                        "subject": self[f"{name}-subject"],
                        "sentence": self[f"{name}-sentence"],
                        "about": self.known.get(key),
                    }
                )
            yield {"part": part, "noun": noun, "rows": rows}

    def clean(self) -> dict[str, Any]:
        """Say, place by place, what cannot be kept."""
        given = super().clean() or {}
        for part in PARTS:
            for place in range(1, PLACES + 1):
                self._check(f"{part}-{place}", given)
        if not self.errors and not self.items():
            raise forms.ValidationError("Choisissez au moins un indicateur et écrivez sa phrase.")
        return given

    def _check(self, name: str, given: Mapping[str, Any]) -> None:
        key, sentence = given.get(f"{name}-subject"), given.get(f"{name}-sentence")
        if key is None or sentence is None:  # refused already
            return
        if sentence and not key:
            self.add_error(f"{name}-subject", "Choisissez de quel chiffre parle cette phrase.")
        elif key and not sentence:
            self.add_error(
                f"{name}-sentence",
                "Écrivez la phrase, reprenez celle qui est proposée, ou choisissez « rien ici ».",
            )
        elif key and not self.known[key].figure:
            self.add_error(f"{name}-subject", f"Pas de valeur ici : {self.known[key].reason}.")
        elif key:
            for why in findings.refusals(sentence, self.known[key]):
                self.add_error(f"{name}-sentence", why)

    def items(self) -> list[Item]:
        """Return the sentences that were chosen, in their order."""
        given = self.cleaned_data
        return [
            {"part": part, "subject": key, "sentence": given[f"{part}-{place}-sentence"]}
            for part in PARTS
            for place in range(1, PLACES + 1)
            if (key := given.get(f"{part}-{place}-subject"))
        ]


def _fields(items: list[Item], base: int) -> dict[str, Any]:
    """Return sentences as the fields of the form."""
    fields: dict[str, Any] = {"base": base}
    for part in PARTS:
        own = [item for item in items if item["part"] == part]
        for place, item in enumerate(own[:PLACES], 1):
            fields[f"{part}-{place}-subject"] = item["subject"]
            fields[f"{part}-{place}-sentence"] = item["sentence"]
    return fields


def _choices(known: Mapping[str, Subject], rows: list[Reading]) -> list[Any]:
    """Return what can be spoken of, by hazard, and what concerns several indicators."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for r in rows:
        if r.known:
            label = f"{r.x.label} – {known[r.x.name].figure}"
            groups.setdefault(HAZARDS[r.x.hazards[0]], []).append((r.x.name, label))
    general = [(s.key, f"{s.label} – {s.figure}") for s in known.values() if s.key[0] == "@"]
    kept = [
        ("", "rien ici"),
        *((title, groups[title]) for title in HAZARDS.values() if title in groups),
    ]
    return [*kept, ("Sur l’ensemble (pour un doute)", general)] if general else kept


def _changed(action: str, typed: dict[str, Any], known: Mapping[str, Subject]) -> dict[str, Any]:
    """Return what was typed after a button that moves a place up or proposes its sentence."""
    verb, _, name = action.partition(":")
    part, _, place = name.partition("-")
    if part in PARTS and place.isdecimal() and 1 <= int(place) <= PLACES:
        if verb == "up" and int(place) > 1:
            for field in ("subject", "sentence"):
                one, two = f"{name}-{field}", f"{part}-{int(place) - 1}-{field}"
                typed[one], typed[two] = typed.get(two, ""), typed.get(one, "")
        if verb == "propose" and (subject := known.get(typed.get(f"{name}-subject", ""))):
            typed[f"{name}-sentence"] = findings.proposed(part, subject)
    return typed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """Choose, order and rewrite; look at it with its figures; keep a draft; publish."""
    here = get_zone_to_write(request, territory, zone)
    rows = findings.readings_of(request, here.release, here.code)
    known = findings.subjects(rows)
    choices = _choices(known, rows)
    last = findings.latest(here)
    if request.method != "POST":
        start = _start(request, here, last) or findings.proposal(rows)
        # A subject of an older release may be gone: its place is then left open.
        start = [{**i, "subject": i["subject"] if i["subject"] in known else ""} for i in start]
        form = BriefForm(known, choices, initial=_fields(start, last.version if last else 0))
        return _page(request, here, form, last, known)
    action = request.POST.get("action", "")
    if action.startswith(("up:", "propose:")):
        typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        form = BriefForm(known, choices, initial=_changed(action, typed, known))
        return _page(request, here, form, last, known)
    form = BriefForm(known, choices, request.POST)
    if not form.is_valid():
        return _page(request, here, form, last, known, status=422)
    person, publish = signed_in(request), action == "publish"
    if publish and person.unsigned:
        form.add_error(None, person.unsigned)
        return _page(request, here, form, last, known, status=422)
    items = form.items()
    if action not in ("draft", "publish"):
        preview = findings.filled(items, known, known)
        return _page(request, here, form, last, known, preview=preview)
    try:
        made = findings.save(
            here, items, by=person, base=form.cleaned_data["base"], published=publish
        )
    except findings.Overtaken:
        last = findings.latest(here)
        other = findings.filled(last.items, known, known) if last else []
        return _page(request, here, form, last, known, other=other, status=409)
    messages.success(
        request,
        "Le texte est publié." if publish else f"Brouillon enregistré (version {made.version}).",
    )
    page = "neighbourhood" if publish else "brief"
    address = reverse(page, args=[territory, zone])
    return redirect(f"{address}?livraison={here.release.code}")


def _start(request: HttpRequest, here: Zone, last: Brief | None) -> list[Item]:
    """Return the version that the address asks for, else the last one."""
    asked = request.GET.get("version", "")
    if asked.isdecimal():
        found = Brief.objects.filter(territory=here.release.territory_id, zone=here.code)
        if kept := found.filter(version=int(asked[:9])).first():
            return list(kept.items)
    return list(last.items) if last else []


def _page(
    request: HttpRequest,
    here: Zone,
    form: BriefForm,
    last: Brief | None,
    known: Mapping[str, Subject],
    *,
    preview: list[findings.Part] | None = None,
    other: list[findings.Part] | None = None,
    status: int = 200,
) -> HttpResponse:
    before = known
    if last is not None and last.release_id != here.release_id:
        before = findings.subjects(findings.readings_of(request, last.release, here.code))
    moved = [
        line
        for part in (findings.filled(last.items, known, before) if last else [])
        for line in part.lines
        if line.old or line.missing
    ]
    context = {
        "release": here.release,
        "zone": here,
        "form": form,
        "last": last,
        # After a conflict the next saving is made from the other's version, knowingly.
        "base": last.version if other is not None and last else form["base"].value(),
        "preview": preview,
        "other": other,
        "moved": moved,
        "figure": FIGURE,
        "whole": WHOLE,
        "unsigned": signed_in(request).unsigned,
    }
    return render(request, "atlas/brief_edit.html", context, status=status)


@never_cache
@require_safe
def versions(request: HttpRequest, territory: str, zone: str) -> HttpResponse:
    """All that was ever kept, newest first."""
    here = get_zone_to_write(request, territory, zone)
    found = Brief.objects.filter(territory=here.release.territory_id, zone=here.code)
    rows = [
        {
            "brief": b,
            "parts": [(PARTS[p][0], [i for i in b.items if i["part"] == p]) for p in PARTS],
        }
        for b in found.select_related("signature", "organisation", "release")
    ]
    context = {"release": here.release, "zone": here, "rows": rows}
    return render(request, "atlas/brief_versions.html", context)
