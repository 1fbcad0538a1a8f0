"""Documents of stories, made when they are asked for: a reportage to print, and receipts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from django.utils import timezone

from labo_web.documents import blocks
from labo_web.documents.blocks import MAKERS, Block, Blocks, heading, plain_edition, quote, text
from labo_web.documents.drawings import Drawing
from labo_web.documents.texts import Exact
from labo_web.stories import files, markup
from labo_web.stories.models import Block as StoryBlock
from labo_web.stories.models import Consent, Medium, Story, Version, Withdrawal
from labo_web.stories.showing import Piece
from labo_web.workshops.templatetags.hours import hour

INVENTED = "Données fictives : ce récit est inventé."
WITHDRAWN = (
    "Une personne peut retirer son accord à tout moment : demandez la page à jour avant de "
    "réutiliser ce document."
)


def story_of(
    story: Story, head: Version, pieces: Sequence[Piece], address: str, kind: str
) -> bytes:
    """Return a reportage as PDF or DOCX: only what its consents let documents show."""
    day = timezone.localdate()
    foot = f"{story.number_shown}, version {head.number}. {story.get_licence_display()}. {address}"
    edition = plain_edition(story.territory.name, foot, day, INVENTED if story.fictive else "")
    made: list[Block] = []
    if head.standfirst:
        made.append(text(head.standfirst))
    if head.told_by:
        made.append(text(f"Raconté par : {head.told_by}."))
    for piece in pieces:
        made += _piece(piece)
    made += [heading("À savoir"), text(WITHDRAWN), text(f"La page en ligne : {address}")]
    return MAKERS[kind](Blocks(edition, head.title, tuple(made)))


def _piece(p: Piece) -> Iterable[Block]:
    if p.gone or p.passage is None:
        return [text(p.gone)]
    passage = p.passage
    if p.kind == StoryBlock.Kind.QUOTE:
        beside = ", ".join(filter(None, (p.by, passage.caption)))
        return [quote(markup.plain(passage.text), beside)]
    if p.kind == StoryBlock.Kind.TEXT:
        return markup.parts(passage.text)
    if p.kind == StoryBlock.Kind.FIGURE:
        return _figure(p)
    if p.kind == StoryBlock.Kind.MAP:
        return [text(" – ".join(filter(None, (f"Carte : {p.place}", passage.caption))))]
    return _medium(p)


def _figure(p: Piece) -> Iterable[Block]:
    made = markup.parts(p.passage.text) if p.passage else []
    if p.figure is not None:
        said = f"{p.figure.place} : {p.figure.sentence} ({p.figure.dated})"
        made.append(text(said if p.figure.release else p.figure.sentence))
    if p.newer is not None:
        made.append(text(f"Une livraison plus récente dit : {p.newer.sentence} ({p.newer.dated})"))
    return made


def _medium(p: Piece) -> Iterable[Block]:
    passage = p.passage
    assert passage is not None  # noqa: S101 (it is shown)
    made: list[Block] = []
    if passage.medium is not None and passage.medium.thumbnail:
        made.append(Block("drawing", drawing=_picture(passage.medium, passage.alt)))
    beside = " – ".join(filter(None, (passage.caption, passage.credit)))
    if beside:
        made.append(text(beside))
    names = {StoryBlock.Kind.AUDIO: "Ce que l’on entend", StoryBlock.Kind.VIDEO: "Ce qui est dit"}
    if p.said and p.kind in names:
        made.append(text(f"{names[StoryBlock.Kind(p.kind)]} :"))
        made += [text(line) for line in p.said.splitlines() if line.strip()]
    return made


def _picture(medium: Medium, alt: str) -> Drawing:
    """Return a photo, or the first image of a video, inside a drawing as documents hold them."""
    photo = medium.kind == Medium.Kind.PHOTO
    path = files.folder() / (medium.name if photo else medium.thumbnail)
    width, height = medium.width or 4, medium.height or 3
    content = base64.b64encode(path.read_bytes()).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{content}"/></svg>'
    )
    return Drawing(Exact(svg), alt, "")


CANNOT = (
    "Ce qui a déjà été imprimé, photographié à l’écran ou téléchargé par d’autres.",
    "Ce qui a été envoyé : nous avons écrit à ceux dont nous savons qu’ils ont reçu un document.",
    "Si vous le voyez encore quelque part, dites-le nous avec le numéro de ce reçu.",
)


def receipt_of(consent: Consent, done: Withdrawal) -> bytes:
    """Return the proof that a consent was taken back; it names nobody."""
    made_at = timezone.localtime(done.made_at)
    edition = plain_edition(
        consent.territory.name, f"Reçu n° {done.number}", made_at.date(),
        "Données fictives." if consent.fictive else "",
    )  # fmt: skip
    content = (
        text(f"Reçu n° {done.number}."),
        text(f"L’accord a été retiré le {made_at:%d/%m/%Y} à {hour(made_at)}, "
             f"{done.get_asked_display()}."),
        heading("Ce qui a été effacé, tout de suite"),
        blocks.bullets((
            f"Passages vidés, toutes versions comprises : {done.passages}.",
            f"Récits concernés : {done.stories}.",
            f"Fichiers effacés du disque : {done.files}.",
            "Le nom de la personne, tel que l’équipe l’avait noté.",
        )),
        text("Les pages, les exports, l’interface de programmation et les documents faits à la "
             "demande n’ont plus ces passages. À leur place on lit : ce passage a été retiré."),
        heading("Ce qui revient d’une sauvegarde"),
        text("Une sauvegarde faite avant ce jour peut encore les contenir. Si elle est remise en "
             "service, le retrait est appliqué de nouveau avant que le site rouvre."),
        heading("Ce que nous ne pouvons pas reprendre"),
        blocks.bullets(CANNOT),
    )  # fmt: skip
    return blocks.pdf_of(Blocks(edition, "Reçu d’un retrait d’accord", content))
