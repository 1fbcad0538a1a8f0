"""Pages where a reportage is read again and published, and where what was sent is noted."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from labo_web.accounts.access import signed_in
from labo_web.accounts.forms import sent
from labo_web.stories import publishing
from labo_web.stories.access import get_story_to_write, may_publish
from labo_web.stories.forms import ReasonForm, SendingForm
from labo_web.stories.models import Story
from labo_web.stories.saving import newest

WRITE = ["GET", "HEAD", "POST"]
SAID = {
    "submit": "Le récit est proposé à la relecture : une autre personne de l’équipe le lira.",
    "send_back": "Le récit est renvoyé à l’écriture, avec ce qui est à reprendre.",
    "publish": "Le récit est publié : tout le monde peut le lire.",
    "withdraw": "Le récit est retiré : seule l’équipe le lit encore.",
}


def _act(request: HttpRequest, story: Story, asked: str, reason: str) -> None:
    by = signed_in(request)
    if asked == "submit":
        publishing.submit(story, by=by, reason=reason)
        return
    if not may_publish(request, story):
        raise Http404("Seule l’équipe qui décide publie un récit.")
    if asked == "publish":
        publishing.publish(story, by=by, reason=reason)
    elif asked == "send_back":
        publishing.send_back(story, by=by, reason=reason)
    elif asked == "withdraw":
        publishing.withdraw(story, by=by, reason=reason)
    else:
        raise ValidationError(
            "Choisissez ce que vous faites : proposer, publier, renvoyer, retirer."
        )


@never_cache
@require_http_methods(WRITE)
def review(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """What is missing before everyone may read it, who decides, and what was decided."""
    story = get_story_to_write(request, territory, number)
    form = ReasonForm(sent(request))
    status = 200
    if request.method == "POST":
        asked = request.POST.get("action", "")
        status = 422
        if form.is_valid():
            try:
                _act(request, story, asked, form.cleaned_data["reason"])
            except ValidationError as error:
                form.add_error("reason", error.messages[0])
            else:
                messages.success(request, SAID[asked])
                return redirect("review_story", territory=territory, number=number)
    context = {
        "territory": story.territory,
        "story": story,
        "head": newest(story),
        "form": form,
        "lacks": publishing.lacks(story),
        "decisions": story.decisions.select_related("signature", "organisation"),
        "may_publish": may_publish(request, story),
        "wrote": signed_in(request).pk in publishing.writers(story),
    }
    return render(request, "stories/review.html", context, status=status)


@never_cache
@require_http_methods(WRITE)
def sendings(request: HttpRequest, territory: str, number: int) -> HttpResponse:
    """To whom a document of this reportage was sent: they are told when something is taken back."""
    story = get_story_to_write(request, territory, number)
    form = SendingForm(sent(request), initial={"sent_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.story, made.version = story, story.published_version or story.version
        made.signature = signed_in(request).sign()
        made.save()
        messages.success(request, "L’envoi est noté.")
        return redirect("story_sendings", territory=territory, number=number)
    rows = story.sendings.select_related("signature")
    context = {"territory": story.territory, "story": story, "form": form, "rows": rows}
    return render(request, "stories/sendings.html", context, status=422 if form.errors else 200)
