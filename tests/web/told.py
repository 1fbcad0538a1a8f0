"""A reportage with every kind of passage, whose people all agreed; made for a test."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from labo_web.accounts.models import Person
from labo_web.releases.models import Release
from labo_web.stories import demo_media, files, publishing, saving
from labo_web.stories.models import Block, Consent, Medium, Passage, Story
from tests.web.conftest import first_qpv
from tests.web.rules_stories import consent_of

# Words that stand nowhere else: what is searched for after a withdrawal.
SAID = "Zorgluberie du cinquième étage"
ALT = "Farfelune assise sur un muret blanc"
HEARD = "Bredouillis du volet qui ferme"
SUBTITLES = f"WEBVTT\n\n00:00.000 --> 00:02.000\n{HEARD}\n"
NAME, PERSON = "Quenotte", "Madame Trifouillard"
CAPTION, CREDIT = "Mirliflore au pied de la tour", "Photo de Galurin"
SECRETS = (SAID, ALT, HEARD, NAME, PERSON, CAPTION, CREDIT)


@dataclass
class Told:
    """A published reportage, the consent that all of it rests on, and its files."""

    story: Story
    consent: Consent
    token: str
    media: list[Medium]
    names: list[str] = field(default_factory=list)


def jpeg(colour: str = "#c04020", size: tuple[int, int] = (80, 60), **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **saved)
    return out.getvalue()


@cache
def film() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        demo_media.film(path, seconds=2)
        return path.read_bytes()


@cache
def sound() -> bytes:
    return demo_media.sound(1.0)


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def put(
    story: Story, kind: str, by: Person | None, consents: tuple[Consent, ...] = (), **fields: Any
) -> Passage:
    made = saving.add(story, kind, by=by)
    return saving.write(made.block, fields, consents, by=by, seen=made.pk)


def begun(release: Release, by: Person | None, **fields: Any) -> Story:
    head = {"title": "Une cour", "standfirst": "Un après-midi d’août."}
    given = {"kind": Story.Kind.REPORTAGE, "zone": first_qpv(release)} | fields
    return saving.create(release.territory, head, by=by, **given)


def told(release: Release, people: dict[str, Any], *, video: bool = True) -> Told:
    """Write a reportage by the officer, publish it by the facilitator."""
    writer, reader = people["officer"], people["facilitator"]
    consent, token = consent_of(release, person=PERSON, shown_as=NAME)
    story = begun(release, writer, licence=Story.Licence.CC_BY)
    put(story, Block.Kind.TEXT, writer, text="Il fait **chaud**.\n\n- un banc\n- un arbre")
    put(story, Block.Kind.QUOTE, writer, (consent,), text="Une première version, " + SAID)
    put(story, Block.Kind.QUOTE, writer, (consent,), text=SAID, caption=CAPTION)
    photo = files.keep(story, Medium.Kind.PHOTO, sent("a.jpg", jpeg()))
    put(story, Block.Kind.PHOTO, writer, (consent,), medium=photo, alt=ALT, caption=CAPTION,
        credit=CREDIT)  # fmt: skip
    audio = files.keep(story, Medium.Kind.AUDIO, sent("a.wav", sound()))
    put(story, Block.Kind.AUDIO, writer, (consent,), medium=audio, transcript=HEARD)
    media = [photo, audio]
    if video:
        seen = files.keep(story, Medium.Kind.VIDEO, sent("a.mp4", film()))
        put(story, Block.Kind.VIDEO, writer, (consent,), medium=seen, alt=ALT, subtitles=SUBTITLES)
        media.append(seen)
    # What was written first is in an older version only.
    old = saving.order_of(saving.newest(Story.objects.get(pk=story.pk)))[1]
    saving.remove(old.block, by=writer, seen=old.pk)
    publishing.submit(story, by=writer)
    publishing.publish(story, by=reader)
    story.refresh_from_db()
    names = [name for m in media for name in (m.name, m.thumbnail) if name]
    return Told(story, consent, token, media, names)
