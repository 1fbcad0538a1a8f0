"""Who may do what in stories: see test_permissions."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from labo_web.releases.models import Release
from labo_web.stories import saving
from labo_web.stories.models import Consent, Medium, Story, StoryLink, Withdrawal
from tests.web.conftest import first_qpv
from tests.web.rules import ALL, REFUSED, TEAM, Statuses, all_get, only

ROOT = "territoires/<code:territory>/recits/"
STORY = f"{ROOT}<int:number>/"
WRITE = f"{STORY}ecrire/"
BLOCK = f"{WRITE}<uuid:block>/"
ZONE = "territoires/<code:territory>/quartiers/<code:zone>/"
HERE = "territoires/999000001/recits/"
OWN = f"{HERE}TALE/"

# Address as declared: example, answers while open to the team only, answers once public. A story
# does not open with a release: it has its own decisions. The one here is published.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    ROOT: (f"{HERE}?TALE", ALL, ALL),
    "territoires/<code:territory>/recits.json": (
        "territoires/999000001/recits.json?TALE", ALL, ALL),
    f"{ROOT}nouveau/": (f"{HERE}nouveau/", TEAM, TEAM),
    f"{ROOT}accords/": (f"{HERE}accords/", TEAM, TEAM),
    f"{ROOT}accords/nouveau/": (f"{HERE}accords/nouveau/", TEAM, TEAM),
    f"{ROOT}accords/<uuid:key>/": (f"{HERE}accords/SIGNED/", TEAM, TEAM),
    STORY: (OWN, ALL, ALL),
    f"{STORY}recit.<kind:kind>": (f"{OWN}recit.pdf", ALL, ALL),
    f"{STORY}apercu/": (f"{OWN}apercu/", TEAM, TEAM),
    WRITE: (f"{OWN}ecrire/", TEAM, TEAM),
    f"{WRITE}ajouter/": (f"{OWN}ecrire/ajouter/", REFUSED, REFUSED),
    BLOCK: (f"{OWN}ecrire/PARAGRAPH/", TEAM, TEAM),
    **{f"{BLOCK}{name}/": (f"{OWN}ecrire/PARAGRAPH/{name}/", REFUSED, REFUSED)
       for name in ("deplacer", "retirer", "recalculer")},
    f"{STORY}versions/": (f"{OWN}versions/", TEAM, TEAM),
    f"{STORY}publier/": (f"{OWN}publier/", TEAM, TEAM),
    f"{STORY}envois/": (f"{OWN}envois/", TEAM, TEAM),
    f"{STORY}liens/<code:kind>/": (f"{OWN}liens/action/", TEAM, TEAM),
    f"{STORY}liens/<int:pk>/retirer/": (f"{OWN}liens/TIE/retirer/", REFUSED, REFUSED),
    # Of a draft: the team alone sees its files.
    "recits/fichiers/<uuid:key>/<code:part>": ("recits/fichiers/PICTURE/fichier", TEAM, TEAM),
    "recits/accord/<str:token>/": ("recits/accord/PRIVATE/", ALL, ALL),
    "recits/accord/<str:token>/recu.pdf": ("recits/accord/TAKENBACK/recu.pdf", ALL, ALL),
    f"{ZONE}recit/": ("territoires/999000001/quartiers/QPV/recit/", TEAM, ALL),
    f"{ZONE}recit.zip": ("territoires/999000001/quartiers/QPV/recit.zip", TEAM, TEAM),
}  # fmt: skip
FORM = only(422, "analyst", "officer", "facilitator")
DONE = only(302, "analyst", "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    f"{ROOT}nouveau/": FORM,
    f"{ROOT}accords/nouveau/": FORM,
    f"{ROOT}accords/<uuid:key>/": FORM,
    WRITE: FORM,
    f"{WRITE}ajouter/": DONE,
    # Written by somebody who never read its page.
    BLOCK: only(409, "analyst", "officer", "facilitator"),
    **{f"{BLOCK}{name}/": DONE for name in ("deplacer", "retirer")},
    # A text has no figure to compute again.
    f"{BLOCK}recalculer/": all_get(404),
    f"{STORY}versions/": FORM,
    # The analyst may not publish, nor learn that there is something to publish.
    f"{STORY}publier/": only(422, "officer", "facilitator"),
    f"{STORY}envois/": FORM,
    f"{STORY}liens/<code:kind>/": FORM,
    f"{STORY}liens/<int:pk>/retirer/": DONE,
    # Nothing was asked: neither signed nor taken back.
    "recits/accord/<str:token>/": all_get(422),
}


def consent_of(release: Release, **given: Any) -> tuple[Consent, str]:
    """Make a consent that holds, and the secret part of its link."""
    fields: dict[str, Any] = {
        "person": "Une dame", "words": True, "voice": True, "image": True, "in_documents": True,
        "in_data": True, "until": dt.date(2036, 1, 1), "how": Consent.How.SCREEN,
        "signed_on": dt.date(2026, 1, 5), "language": "français",
    }  # fmt: skip
    made = Consent(territory=release.territory, **fields | given)
    token = made.renew()
    made.save()
    return made, token


def story_of(release: Release) -> Story:
    """Make a published story of one text, by nobody in particular."""
    head = {"title": "Une cour", "standfirst": "Un après-midi."}
    story = saving.create(release.territory, head, by=None, kind="reportage",
                          zone=first_qpv(release))  # fmt: skip
    passage = saving.add(story, "text", by=None)
    saving.write(passage.block, {"text": "Il fait chaud."}, (), by=None, seen=passage.pk)
    story.refresh_from_db()
    story.published_version, story.state = story.version, Story.State.PUBLISHED
    story.save()
    story.decisions.create(act="published", version=story.version)
    return story


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""
    kept: dict[str, Story] = {}

    def story() -> Story:
        if "story" not in kept:
            kept["story"] = story_of(release)
        return kept["story"]

    def medium() -> object:
        from labo_web.stories import files

        other = saving.create(release.territory, {"title": "Brouillon"}, by=None, kind="place")
        passage = saving.add(other, "photo", by=None)
        name = "of-the-rules.jpg"
        (files.folder() / name).write_bytes(b"\xff\xd8\xff")
        row = Medium.objects.create(story=other, kind="photo", name=name, size=3, digest="0" * 64)
        saving.write(passage.block, {"medium": row}, (), by=None, seen=passage.pk)
        return row.key

    def withdrawn() -> str:
        consent, token = consent_of(release)
        consent.withdrawn_at = consent.recorded_at
        consent.save()
        Withdrawal.objects.create(consent=consent, asked="person")
        return token

    return {
        "TALE": lambda: story().number,
        "PARAGRAPH": lambda: story().blocks.get().key,
        "TIE": lambda: StoryLink.objects.create(
            story=story(), kind="action", sentence="Voilà."
        ).pk,
        "PICTURE": medium,
        "PRIVATE": lambda: consent_of(release)[1],
        "SIGNED": lambda: consent_of(release)[0].key,
        "TAKENBACK": withdrawn,
    }  # fmt: skip
