"""Who may read and write what of stories: each function returns the object or answers 404."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest
from django.utils import timezone

from labo_web.accounts.access import is_team, may_decide
from labo_web.accounts.models import Territory, fingerprint
from labo_web.releases.models import Release
from labo_web.stories.models import Block, Consent, Medium, Passage, Story, Version

CLOSED = "Ce récit n’existe pas ou ne vous est pas ouvert."
TEAM_ONLY = "Seule l’équipe du territoire écrit ses récits."


def _territory(code: str) -> Territory:
    found = Territory.objects.filter(code=code).first()
    if found is None:
        raise Http404(CLOSED)
    return found


def get_territory_to_read(request: HttpRequest, code: str) -> Territory:
    """Return a territory of which whoever asks reads a release or a story, or answer 404."""
    found = _territory(code)
    if (
        is_team(request, found)
        or Story.objects.public().filter(territory=found).exists()
        or Release.objects.visible_to(request).filter(territory=found).exists()
    ):
        return found
    raise Http404(CLOSED)


def get_territory_to_tell(request: HttpRequest, code: str) -> Territory:
    """Return the territory whose stories and consents whoever asks writes, or answer 404."""
    found = _territory(code)
    if not is_team(request, found):
        raise Http404(TEAM_ONLY)
    return found


def _story(code: str, number: int) -> Story:
    rows = Story.objects.with_heads().with_drafts().select_related("territory")
    found = rows.filter(territory__code=code, number=number).first()
    if found is None:
        raise Http404(CLOSED)
    return found


def get_public_story(code: str, number: int) -> tuple[Story, Version]:
    """Return a story and its public version, the same for all, or answer 404."""
    found = _story(code, number)
    if found.published_version is None:
        raise Http404(CLOSED)
    return found, found.public_head()


def get_story_to_write(request: HttpRequest, code: str, number: int) -> Story:
    """Return a story that whoever asks writes, or answer 404."""
    found = _story(code, number)
    if not is_team(request, found.territory):
        raise Http404(TEAM_ONLY)
    return found


def get_block_to_write(
    request: HttpRequest, code: str, number: int, block: uuid.UUID
) -> tuple[Story, Block]:
    """Return a block of a story that whoever asks writes, even one that was removed; or 404."""
    story = get_story_to_write(request, code, number)
    found = story.blocks.filter(key=block).first()
    if found is None:
        raise Http404("Ce passage n’est pas de ce récit.")
    return story, found


def may_publish(request: HttpRequest, story: Story) -> bool:
    """Return whether whoever asks may publish or withdraw stories of that territory."""
    return may_decide(request, story.territory)


def get_consent_to_read(request: HttpRequest, code: str, key: uuid.UUID) -> Consent:
    """Return a consent of the territory of whoever asks, or answer 404."""
    here = get_territory_to_tell(request, code)
    found = Consent.objects.filter(territory=here, key=key).first()
    if found is None:
        raise Http404("Cet accord n’existe pas ici.")
    return found


def get_consent_by_link(token: str) -> Consent:
    """Return the consent of a private link, whoever holds it, or answer 404."""
    found = Consent.objects.filter(token_hash=fingerprint(token)).select_related("territory")
    row = found.first()
    if row is None:
        raise Http404("Ce lien n’ouvre rien : il est incomplet, ou a été remplacé.")
    return row


def get_passage_of_medium(request: HttpRequest, key: uuid.UUID) -> tuple[Medium, Passage]:
    """Return a file and the passage that shows it, where whoever asks may see it now; or 404.

    Everyone sees what is in a public version and whose consents hold on this site today; the team
    sees what is not public too, but never what was taken back.
    """
    gone = Http404("Ce fichier n’existe pas, ou il a été retiré.")
    medium = Medium.objects.exclude(name="").filter(key=key).first()
    if medium is None:
        raise gone
    story = Story.objects.select_related("territory").get(pk=medium.story_id)
    rows = Passage.objects.filter(medium=medium, erased_at=None).select_related("block")
    team = is_team(request, story.territory)
    if not team:
        rows = rows.filter(
            placements__version__story=story,
            placements__version__number=story.published_version or 0,
        )
    passage = rows.prefetch_related("block__consents").order_by("-pk").first()
    if passage is None:
        raise gone
    today = timezone.localdate()
    consents = list(passage.block.consents.all())
    if any(c.withdrawn_at is not None or c.until < today for c in consents):
        raise gone
    if not team:
        bound = consents or passage.nobody
        if not bound or not all(c.holds(today) and c.on_site for c in consents):
            raise gone
    return medium, passage
