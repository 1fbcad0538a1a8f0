"""Making a reportage public: what it lacks, who read it again, and taking it off."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from labo_web.accounts.models import Person
from labo_web.stories.models import Block, Decision, Passage, Story
from labo_web.stories.saving import newest
from labo_web.stories.showing import NEEDS, is_free, passages_of
from labo_web.stories.subtitles import BadSubtitles, cues_of

SHORTEST_ALT = 10  # letters: « photo » says nothing
NEED_WORDS = {"image": "l’image", "voice": "la voix", "words": "les mots"}


@dataclass(frozen=True)
class Lack:
    """What is missing before everyone may read it: where, and what to do."""

    where: str
    sentence: str
    block: str = ""


def lacks(story: Story) -> list[Lack]:
    """Return what the newest version of a story lacks to be published."""
    head = newest(story)
    found: list[Lack] = []
    if not head.standfirst:
        found.append(Lack("Présentation", "Écrivez le chapô : deux phrases qui disent de quoi."))
    passages = passages_of(head)
    if not passages:
        found.append(Lack("Passages", "Il n’y a encore aucun passage."))
    for place, p in enumerate(passages, 1):
        where = f"Passage {place}, {p.block.get_kind_display()}"
        # What was taken back leaves its sentence, and lacks nothing.
        if p.erased_at is None:
            found += [Lack(where, sentence, str(p.block.key)) for sentence in _missing(p)]
    return found


def _missing(p: Passage) -> list[str]:
    kind = p.block.kind
    found: list[str] = []
    if kind in (Block.Kind.TEXT, Block.Kind.QUOTE) and not p.text.strip():
        found.append("Il est vide : écrivez-le, ou retirez-le.")
    if kind in (Block.Kind.PHOTO, Block.Kind.AUDIO, Block.Kind.VIDEO):
        found += _missing_of_medium(p)
    if kind == Block.Kind.FIGURE and p.release_id is None:
        found.append("Aucun chiffre n’est choisi.")
    if kind == Block.Kind.MAP and not p.zone:
        found.append("Aucun quartier n’est choisi.")
    return found + _missing_consents(p)


def _missing_of_medium(p: Passage) -> list[str]:
    found: list[str] = []
    if p.medium is None:
        found.append("Aucun fichier n’est déposé.")
    if p.block.kind != Block.Kind.AUDIO and len(p.alt.strip()) < SHORTEST_ALT:
        found.append(
            "La description manque : dites ce que l’on voit, pour qui ne voit pas l’image "
            f"({SHORTEST_ALT} lettres au moins)."
        )
    if p.block.kind == Block.Kind.AUDIO and not p.transcript.strip():
        found.append("La transcription manque : écrivez ce que l’on entend.")
    if p.block.kind == Block.Kind.VIDEO:
        try:
            cues_of(p.subtitles)
        except BadSubtitles as error:
            found.append(f"Les sous-titres manquent, ou ne se lisent pas. {error}")
    return found


def _missing_consents(p: Passage) -> list[str]:
    needs = NEEDS.get(p.block.kind, ())
    if not needs:
        return []
    bound = list(p.block.consents.all())
    if is_free(p) and not bound:
        return []
    found: list[str] = []
    if not bound:
        also = (
            "" if p.block.kind == Block.Kind.QUOTE
            else ", ou dites que personne n’y est reconnaissable"
        )  # fmt: skip
        found.append(f"Aucun accord n’y est relié : reliez celui de chaque personne{also}.")
        return found
    for name in needs:
        if not is_free(p) and not any(getattr(c, name) for c in bound):
            found.append(f"Aucun des accords reliés ne porte sur {NEED_WORDS[name]}.")
    today = timezone.localdate()
    for c in bound:
        if not c.on_site:
            found.append(f"L’accord de « {c} » ne permet pas de le montrer sur ce site.")
        found += [f"L’accord de « {c} » ne vaut pas. {why}" for why in c.against(today)]
    return found


def _decide(story: Story, act: str, reason: str, by: Person) -> Decision:
    return Decision.objects.create(
        story=story, act=act, version=story.version, reason=reason,
        signature=by.sign(), organisation=by.organisation,
    )  # fmt: skip


def submit(story: Story, *, by: Person, reason: str = "") -> None:
    """Send the newest version to be read again by another member of the team.

    Raises:
        ValidationError: it is not a draft, or it lacks something.
    """
    with transaction.atomic():
        row = Story.objects.select_for_update().get(pk=story.pk)
        if row.state not in (Story.State.DRAFT, Story.State.WITHDRAWN):
            raise ValidationError("Il n’y a rien de nouveau à relire.")
        if lacks(row):
            raise ValidationError("Il manque encore quelque chose : voyez la liste.")
        row.state = Story.State.REVIEW
        row.save(update_fields=["state"])
        _decide(row, Decision.Act.SUBMITTED, reason, by)


def writers(story: Story) -> set[int]:
    """Return the people who wrote since what is public, or proposed it."""
    since = story.published_version or 0
    found = story.versions.filter(number__gt=since, signature__isnull=False)
    people = set(found.values_list("signature__person", flat=True))
    last = story.decisions.filter(act=Decision.Act.SUBMITTED, signature__isnull=False).last()
    if last is not None and last.signature is not None:
        people.add(last.signature.person_id)
    return people


def publish(story: Story, *, by: Person, reason: str = "") -> None:
    """Make the version that was read again public.

    Raises:
        ValidationError: it was not proposed, lacks something, or its reader wrote it too.
    """
    with transaction.atomic():
        row = Story.objects.select_for_update().get(pk=story.pk)
        if row.state != Story.State.REVIEW:
            raise ValidationError("Ce récit n’a pas été proposé à la relecture.")
        if by.pk in writers(row):
            raise ValidationError(
                "Vous avez écrit ou proposé cette version : une autre personne de l’équipe la "
                "relit et la publie."
            )
        if lacks(row):
            raise ValidationError("Il manque quelque chose : voyez la liste.")
        row.state, row.published_version = Story.State.PUBLISHED, row.version
        row.save(update_fields=["state", "published_version"])
        _decide(row, Decision.Act.PUBLISHED, reason, by)


def send_back(story: Story, *, by: Person, reason: str) -> None:
    """Return a story to its writers, with what to change.

    Raises:
        ValidationError: nothing was proposed, or no reason is given.
    """
    if not reason.strip():
        raise ValidationError("Dites ce qui est à reprendre.")
    with transaction.atomic():
        row = Story.objects.select_for_update().get(pk=story.pk)
        if row.state != Story.State.REVIEW:
            raise ValidationError("Ce récit n’a pas été proposé à la relecture.")
        row.state = Story.State.DRAFT
        row.save(update_fields=["state"])
        _decide(row, Decision.Act.SENT_BACK, reason, by)


def withdraw(story: Story, *, by: Person, reason: str) -> None:
    """Take a story off: nobody but the team reads it any more; its versions stay.

    Raises:
        ValidationError: it is not public, or no reason is given.
    """
    if not reason.strip():
        raise ValidationError("Dites pourquoi il est retiré.")
    with transaction.atomic():
        row = Story.objects.select_for_update().get(pk=story.pk)
        if row.published_version is None:
            raise ValidationError("Ce récit n’est pas public.")
        row.state, row.published_version = Story.State.WITHDRAWN, None
        row.save(update_fields=["state", "published_version"])
        _decide(row, Decision.Act.WITHDRAWN, reason, by)
