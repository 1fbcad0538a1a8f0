"""Pages where a reportage is written: a list of passages with buttons, and a page for each."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.releases.models import Release
from labo_web.roadmaps import figures
from labo_web.roadmaps.access import neighbourhoods
from labo_web.stories import files, saving
from labo_web.stories.access import (
    get_block_to_write,
    get_story_to_write,
    get_territory_to_tell,
    may_publish,
)
from labo_web.stories.forms import BlockForm, HeadForm
from labo_web.stories.models import Block, Medium, Passage, Story, Version
from labo_web.stories.publishing import lacks
from labo_web.stories.saving import Overtaken, TakenBack, TooMany
from labo_web.stories.showing import passages_of, pieces_of
from labo_web.workshops.photos import BadMedium

WRITE = ["GET", "HEAD", "POST"]
MOST_VERSIONS = 200  # on one page
TAKEN_BACK = "Ce passage a été retiré par une personne : il ne s’écrit plus."
FIELDS = ("kind", "zone", "licence")


def _split(given: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what a version keeps of a head, and what the story keeps."""
    return (
        {name: given[name] for name in saving.HEAD},
        {name: given[name] for name in FIELDS},
    )


@never_cache
@require_http_methods(WRITE)
def new(request: HttpRequest, territory: str) -> HttpResponse:
    """Begin a reportage."""
    here = get_territory_to_tell(request, territory)
    start = {"zone": request.GET.get("quartier", "")}
    form = HeadForm(neighbourhoods(here), sent(request), initial=start)
    if request.method == "POST" and form.is_valid():
        head, fields = _split(form.cleaned_data)
        fictive = Release.objects.filter(territory=here, fictive=True).exists()
        made = saving.create(here, head, by=signed_in(request), fictive=fictive, **fields)
        messages.success(request, "Le récit est commencé : ajoutez son premier passage.")
        return redirect("write_story", territory=territory, number=made.number)
    context = {"territory": here, "form": form}
    return render(request, "stories/new.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(WRITE)
def write(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """The passages of a reportage, with what can be done with each, and its head."""
    story = get_story_to_write(request, territory, number)
    last = saving.newest(story)
    first = {name: getattr(last, name) for name in saving.HEAD}
    first |= {name: getattr(story, name) for name in FIELDS}
    form = HeadForm(neighbourhoods(story.territory), sent(request), initial=first)
    theirs: Version | None = None
    if request.method == "POST" and form.is_valid():
        head, fields = _split(form.cleaned_data)
        try:
            base = _whole(request.POST.get("base", "")) or 0
            saving.write_head(story, head, fields, by=signed_in(request), base=base)
        except Overtaken as conflict:
            theirs = conflict.version
        else:
            messages.success(request, "C’est enregistré.")
            return redirect("write_story", territory=territory, number=number)
    passages = passages_of(last)
    pieces = pieces_of(request, story, passages, draft=True)
    missing = lacks(story)
    context = {
        "territory": story.territory,
        "story": story,
        "head": last,
        "form": form,
        "theirs": theirs,
        "base": last.number,
        "pieces": list(zip(pieces, passages, strict=True)),
        "kinds": Block.Kind.choices,
        "lacks": missing,
        "lacking": {lack.block for lack in missing},
        "may_publish": may_publish(request, story),
    }
    status = 409 if theirs else 422 if form.errors else 200
    return render(request, "stories/write.html", context, status=status)


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 18 else None


@require_POST
def add(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """Add an empty passage, and go to its page."""
    story = get_story_to_write(request, territory, number)
    kind = request.POST.get("kind", "")
    if kind not in Block.Kind.values:
        messages.error(request, "Choisissez ce que vous ajoutez : texte, photo, son…")
        return redirect("write_story", territory=territory, number=number)
    asked = request.POST.get("after", "")
    after = next((b for b in story.blocks.all() if str(b.key) == asked), None)
    try:
        made = saving.add(story, kind, by=signed_in(request), after=after)
    except TooMany as error:
        messages.error(request, str(error))
        return redirect("write_story", territory=territory, number=number)
    return redirect("write_block", territory=territory, number=number, block=made.block.key)


@never_cache
@require_http_methods(WRITE)
def block(request: HttpRequest, territory: str, number: int, block: uuid.UUID) -> HttpResponse:
    """Write a passage; what somebody else wrote meanwhile is shown beside, and nothing is lost."""
    story, here = get_block_to_write(request, territory, number, block)
    order = saving.order_of(saving.newest(story))
    now = next((p for p in order if p.block_id == here.pk), None)
    if (now is not None and now.erased_at is not None) or here.consents.filter(
        withdrawn_at__isnull=False
    ).exists():
        raise Http404(TAKEN_BACK)
    form = BlockForm(request, story, here, now, sent(request), request.FILES or None)
    theirs: Overtaken | None = None
    medium = _sent_before(story, here, request.POST.get("medium", ""))
    if request.method == "POST" and form.is_valid():
        fields = form.fields_to_keep()
        try:
            if form.cleaned_data.get("file") is not None:
                medium = files.keep(story, here.kind, form.cleaned_data["file"])
            if medium is not None:
                fields["medium"] = medium
            if not form.errors and not _typed_figures(request, story, form, fields):
                saving.write(
                    here, fields, form.cleaned_data.get("consents", ()), by=signed_in(request),
                    seen=_whole(request.POST.get("seen", "")) or 0,
                )  # fmt: skip
                messages.success(request, "Le passage est enregistré.")
                return redirect(_anchor(territory, number, here))
        except BadMedium as error:
            form.add_error("file", str(error))
        except TakenBack as error:
            for path in medium.empty() if medium is not None else ():
                path.unlink(missing_ok=True)
            raise Http404(TAKEN_BACK) from error
        except Overtaken as conflict:
            theirs, now = conflict, conflict.passage
    pieces = pieces_of(request, story, [now], draft=True) if now is not None else []
    context = {
        "territory": story.territory,
        "story": story,
        "own": here,  # « block » is the name of what templates are in
        "form": form,
        "now": now,
        "piece": pieces[0] if pieces else None,
        "theirs": theirs,
        "seen": request.POST.get("seen", "") if form.errors else now.pk if now else 0,
        "medium": medium,
    }
    status = 409 if theirs else 422 if form.errors else 200
    return render(request, "stories/block.html", context, status=status)


def _sent_before(story: Story, block: Block, key: str) -> Medium | None:
    """Return the file that was sent with a text that could not be kept yet."""
    try:
        found = story.media.filter(key=uuid.UUID(key), kind=block.kind, erased_at=None)
    except ValueError:
        return None
    return found.filter(passages__isnull=True).first()


def _anchor(territory: str, number: int, block: Block) -> str:
    page = redirect("write_story", territory=territory, number=number)["Location"]
    return f"{page}#p-{block.key}"


def _typed_figures(
    request: HttpRequest, story: Story, form: BlockForm, fields: dict[str, Any]
) -> bool:
    """Say which numbers were typed above a figure, which only its release may give."""
    release = fields.get("release")
    if form.block.kind != Block.Kind.FIGURE or release is None:
        return False
    ref = (release.pk, fields["zone"], fields["indicator"])
    found = figures.figures_of(request, story.territory, [ref])[ref]
    typed = figures.typed_in(fields.get("text", ""), found)
    if typed:
        form.add_error(
            "text",
            f"Un chiffre ne se tape pas (ici : {', '.join(typed)}) : la page le met, avec son "
            "intervalle et sa livraison. Dites-le sans nombre.",
        )
    return bool(typed)


@require_POST
def move(request: HttpRequest, territory: str, number: int, block: uuid.UUID) -> HttpResponse:
    """Move a passage up or down."""
    _, here = get_block_to_write(request, territory, number, block)
    steps = {"monter": -1, "descendre": 1}.get(request.POST.get("sens", ""))
    if steps is not None:
        saving.move(here, steps, by=signed_in(request))
    return redirect(_anchor(territory, number, here))


@require_POST
def remove(request: HttpRequest, territory: str, number: int, block: uuid.UUID) -> HttpResponse:
    """Take a passage out; the versions before keep it."""
    _, here = get_block_to_write(request, territory, number, block)
    try:
        saving.remove(here, by=signed_in(request), seen=_whole(request.POST.get("seen", "")) or 0)
    except Overtaken:
        messages.error(
            request,
            "Quelqu’un vient d’écrire ce passage : il n’est pas retiré. Relisez-le d’abord.",
        )
        return redirect(_anchor(territory, number, here))
    messages.success(request, "Le passage est retiré. Les versions d’avant le gardent.")
    return redirect("write_story", territory=territory, number=number)


@require_POST
def recompute(request: HttpRequest, territory: str, number: int, block: uuid.UUID) -> HttpResponse:
    """Point a figure to the newest release that gives it."""
    story, here = get_block_to_write(request, territory, number, block)
    order = saving.order_of(saving.newest(story))
    now = next((p for p in order if p.block_id == here.pk), None)
    if now is None or now.release_id is None:
        raise Http404("Ce passage n’a pas de chiffre.")
    pair = (now.zone, now.indicator)
    values = figures.series(story.territory, {pair}, request).get(pair, [])
    if values and values[-1].zone.release_id != now.release_id:
        release = values[-1].zone.release
        fields = {"text": now.text, "zone": now.zone, "indicator": now.indicator}
        try:
            saving.write(
                here, {**fields, "release": release}, (), by=signed_in(request), seen=now.pk
            )
        except Overtaken:
            messages.error(request, "Quelqu’un vient d’écrire ce passage : relisez-le d’abord.")
        else:
            messages.success(request, f"Le chiffre vient maintenant de la {release}.")
    else:
        messages.success(request, "Ce chiffre est déjà celui de la livraison la plus récente.")
    return redirect(_anchor(territory, number, here))


@never_cache
@require_safe
def preview(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """The newest version, or an older one, as everyone would read it."""
    story = get_story_to_write(request, territory, number)
    asked = _whole(request.GET.get("version", "")) or story.version
    head = story.versions.filter(number=asked).select_related("organisation").first()
    if head is None:
        raise Http404("Cette version n’existe pas.")
    passages: list[Passage] = passages_of(head)
    context = {
        "territory": story.territory,
        "story": story,
        "head": head,
        "pieces": pieces_of(request, story, passages, draft=True),
        "preview": True,
        "lacks": lacks(story) if head.number == story.version else [],
    }
    return render(request, "stories/story.html", context)


@never_cache
@require_http_methods(WRITE)
def versions(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """All the versions of a reportage, any of which can be taken up again."""
    story = get_story_to_write(request, territory, number)
    if request.method == "POST":
        asked = _whole(request.POST.get("version", ""))
        if asked is None or not story.versions.filter(number=asked).exists():
            messages.error(request, "Choisissez la version à reprendre.")
        else:
            saving.restore(story, asked, by=signed_in(request))
            messages.success(
                request,
                f"La version {asked} est reprise. Ce qui a été retiré par une personne reste vide.",
            )
            return redirect("write_story", territory=territory, number=number)
    rows = story.versions.select_related("signature", "organisation")[:MOST_VERSIONS]
    context = {"territory": story.territory, "story": story, "rows": rows}
    return render(
        request, "stories/versions.html", context, status=422 if request.method == "POST" else 200
    )
