"""A fictive reportage with all kinds of passages, its consents, and what it tells of."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from labo.diagnosis import PRESENT
from labo_web.accounts.models import Organisation, Person, Territory
from labo_web.releases.models import Release, Value
from labo_web.resources.models import Resource
from labo_web.roadmaps.access import latest_release
from labo_web.roadmaps.models import Action, Level
from labo_web.stories import demo_media, files, publishing, saving
from labo_web.stories.models import Block, Consent, Medium, Sending, Story, StoryLink
from labo_web.workshops.models import Contribution

INVENTED = "(données fictives)"
# What the map and the figure speak of, where the release has it.
INDICATORS = ("surface_temperature_anomaly", "cool_outdoor_access_share", "poverty_share")
OPENING = """Sur la dalle, à quatorze heures, **personne ne s’assoit**. Les bancs sont au soleil.

## Ce que l’on voit

- des murs clairs qui renvoient la lumière ;
- trois arbres jeunes, arrosés par les voisins ;
- un robinet fermé à clé.

Ce récit est inventé pour la démonstration : aucun lieu ni aucune personne n’existe."""
CLOSING = """## Et maintenant

La cour, les volets, les visites de palier, un lieu frais en août : ce qui est promis tient en \
quatre chantiers, et l’été dira lesquels ont tenu.

Tout le monde n’est pas d’accord : certains préfèrent des places de stationnement, et le disent. \
Leur avis est dans le fil, comme les autres."""
QUOTE = "On ne demande pas un parc. On demande de pouvoir attendre le bus sans tourner de l’œil."
DISSENT = "Des arbres, oui, mais qui ramassera les feuilles ? On nous l’a déjà promis."
TRANSCRIPT = (
    "[Un bourdonnement fabriqué, qui monte et descend comme une voix, sans paroles.]\n"
    "Voix inventée : « Quand je ferme les volets à huit heures, je gagne deux heures de frais. »"
)


class NotFictive(Exception):
    """The territory is real: nothing is invented there."""


def write(territory: Territory, writer: Person, reader: Person) -> Story | None:
    """Write the reportage in a fictive territory; where it has a story already, nothing.

    Raises:
        NotFictive: the territory has no release, or a real one.
    """
    release = latest_release(territory)
    if release is None or not release.fictive:
        raise NotFictive(f"{territory} n’est pas un territoire fictif : rien n’y est inventé.")
    if Story.objects.filter(territory=territory).exists():
        return None
    with transaction.atomic():
        zone = _zone(territory, release)
        story = saving.create(
            territory,
            {
                "title": "Une cour où l’on attend l’ombre",
                "standfirst": "Un après-midi d’août dans une cour, avec celles et ceux qui y "
                f"passent l’été. {INVENTED}",
                "told_by": "un collectif d’habitantes et d’habitants (fictif)",
            },
            by=writer, kind=Story.Kind.REPORTAGE, zone=zone, licence=Story.Licence.CC_BY,
            fictive=True,
        )  # fmt: skip
        _passages(story, release, zone, writer)
        _links(story, writer)
        publishing.submit(story, by=writer, reason=f"À relire. {INVENTED}")
        publishing.publish(story, by=reader, reason=f"Relu, accords vérifiés. {INVENTED}")
        _draft(territory, zone, writer)
        Sending.objects.create(
            story=story, version=story.versions.latest("number").number,
            recipient="Centre social (fictif)", email="centre-social@example.org",
            what=f"le PDF, pour son exposition {INVENTED}", sent_on=timezone.localdate(),
        )  # fmt: skip
    return story


def _zone(territory: Territory, release: Release) -> str:
    """Return the neighbourhood where most was said, so that its narrative has many voices."""
    said = Contribution.objects.shown().filter(territory=territory).exclude(zone="")
    many = said.order_by().values_list("zone").annotate(many=Count("pk")).order_by("-many", "zone")
    codes = release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True)
    known = set(codes)
    return next((str(code) for code, _ in many if code in known), str(codes[0]))


def _consent(territory: Territory, person: str, shown_as: str, **given: Any) -> Consent:
    today = timezone.localdate()
    body, _ = Organisation.objects.get_or_create(
        name="Centre de ressources (fictif)",
        defaults={"kind": Organisation.Kind.RESOURCE_CENTRE},
    )
    made = Consent(
        territory=territory, person=f"{person} {INVENTED}", shown_as=shown_as,
        in_documents=True, until=today + dt.timedelta(700), how=Consent.How.PAPER, kept_by=body,
        signed_on=today - dt.timedelta(20), language="français", fictive=True, **given,
    )  # fmt: skip
    made.renew()
    made.save()
    return made


def _passages(story: Story, release: Release, zone: str, by: Person) -> None:
    here = story.territory
    day = timezone.localdate() - dt.timedelta(20)
    adult = _consent(here, "Une habitante", "Samia (prénom inventé)", words=True, voice=True,
                     in_data=True)  # fmt: skip
    against = _consent(here, "Un habitant", "", words=True, in_data=True)
    child = _consent(
        here, "Un enfant", "Léo, 12 ans (prénom inventé)", image=True, voice=True, minor=True,
        first_holder_on=day, second_holder_on=day, child_on=day,
    )  # fmt: skip
    _put(story, Block.Kind.TEXT, by, text=OPENING)
    _put(
        story, Block.Kind.PHOTO, by, medium=_photo(story), nobody=True,
        alt="Dessin d’une cour entre deux immeubles : trois arbres, un banc, un sol ocre.",
        caption="La cour, telle qu’on la rêve.", credit=f"Dessin du projet {INVENTED}",
    )  # fmt: skip
    _put(story, Block.Kind.QUOTE, by, [adult], text=QUOTE, caption="à l’arrêt de bus")
    if indicator := _indicator(release, zone):
        _put(story, Block.Kind.FIGURE, by, text="Le diagnostic, lui, dit ceci.", release=release,
             zone=zone, indicator=indicator)  # fmt: skip
    _put(story, Block.Kind.MAP, by, zone=zone, caption="le quartier dans sa ville")
    _put(story, Block.Kind.AUDIO, by, [adult], medium=_sound(story), transcript=TRANSCRIPT,
         caption="Les volets", credit=f"Son fabriqué par le projet {INVENTED}")  # fmt: skip
    _put(story, Block.Kind.VIDEO, by, [child], medium=_film(story), subtitles=demo_media.SUBTITLES,
         alt="Dessin animé : dans la cour, trois arbres grandissent et leur ombre avec eux.",
         caption="Planter", credit=f"Film fabriqué par le projet {INVENTED}")  # fmt: skip
    _put(story, Block.Kind.QUOTE, by, [against], text=DISSENT, caption="au pied de la tour")
    _put(story, Block.Kind.TEXT, by, text=CLOSING)


def _put(
    story: Story, kind: str, by: Person, consents: Iterable[Consent] = (), **fields: Any
) -> None:
    made = saving.add(story, kind, by=by)
    saving.write(made.block, fields, consents, by=by, seen=made.pk)


def _photo(story: Story) -> Medium:
    sent = SimpleUploadedFile("cour.jpg", demo_media.photo(), "image/jpeg")
    return files.keep(story, Medium.Kind.PHOTO, sent)


def _sound(story: Story) -> Medium:
    sent = SimpleUploadedFile("volets.wav", demo_media.sound(), "audio/wav")
    return files.keep(story, Medium.Kind.AUDIO, sent)


def _film(story: Story) -> Medium:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        demo_media.film(path)
        sent = SimpleUploadedFile("film.mp4", path.read_bytes(), "video/mp4")
    return files.keep(story, Medium.Kind.VIDEO, sent)


def _indicator(release: Release, zone: str) -> str:
    known = Value.objects.filter(
        zone__release=release, zone__code=zone, scenario=PRESENT, central__isnull=False,
        indicator__name__in=INDICATORS,
    ).values_list("indicator__name", flat=True)  # fmt: skip
    found = set(known)
    return next((name for name in INDICATORS if name in found), "")


def _links(story: Story, by: Person) -> None:
    """Tie the story to the actions that all may read, a resource and a word, if there are some."""
    here = story.territory
    actions = Action.objects.public().filter(roadmap__territory=here)
    actions = actions.exclude(level=Level.ABANDONED)
    resource = Resource.objects.kept().filter(territory=here, fictive=True).first()
    word = Contribution.objects.shown().filter(territory=here).exclude(text="").first()
    targets: list[tuple[str, Any, str]] = [
        *((StoryLink.Kind.ACTION, a, "On y voit ce que l’action veut changer.") for a in actions),
        (StoryLink.Kind.RESOURCE, resource, "On y passe au milieu du récit."),
        (StoryLink.Kind.CONTRIBUTION, word, "C’est cette parole qui a donné envie d’aller voir."),
    ]
    for kind, target, sentence in targets:
        if target is not None:
            StoryLink.objects.create(
                story=story, kind=kind, sentence=f"{sentence} {INVENTED}", signature=by.sign(),
                **{kind: target},
            )  # fmt: skip


def _draft(territory: Territory, zone: str, by: Person) -> None:
    """Begin a second story, which lacks what is needed to be published."""
    head = {"title": f"Portrait d’une gardienne {INVENTED}", "standfirst": "", "told_by": ""}
    story = saving.create(territory, head, by=by, kind=Story.Kind.PORTRAIT, zone=zone, fictive=True)
    _put(story, Block.Kind.QUOTE, by, text="Je connais tout le monde, et tout le monde me le rend.")
