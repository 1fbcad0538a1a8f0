"""« 3 constats, 3 doutes, 3 ressources »: sentences that somebody chose, figures that nobody types.

A sentence says {chiffre} where the figure goes, and may say {agglomération}; the calculation puts
the figure there with its interval, from the release of the page. Without a published text the
sentences are those that the calculation proposes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.template.defaultfilters import date as in_words

from labo import words
from labo_web.accounts.models import Person
from labo_web.releases import reading
from labo_web.releases.access import WAITING, values_of
from labo_web.releases.models import Brief, Release, Zone
from labo_web.releases.reading import Reading

FIGURE, WHOLE = "{chiffre}", "{agglomération}"
# Part: its noun, and what stands there when it is empty.
PARTS = {
    "findings": ("constat", "Aucun écart sûr avec l’agglomération."),
    "doubts": ("doute", "Aucun doute particulier."),
    "resources": (
        "ressource",
        "Les données ouvertes n’en montrent pas : à chercher avec les habitants.",
    ),
}
PLACES = 3
IMPUTED = 0.2  # share of imputed residents that is proposed as a doubt
# What a doubt may speak of besides one indicator.
ALL_IMPUTED, ALL_UNSURE, ALL_MISSING = "@imputed", "@unsure", "@missing"
Item = Mapping[str, str]


@dataclass(frozen=True)
class Subject:
    """What a sentence can speak of: the figure it gets, and the sentence that is proposed."""

    key: str
    label: str
    figure: str
    whole: str
    sentence: str
    doubt: str
    verdict: str = ""  # how it compares with the agglomeration, in words
    reason: str = ""  # why there is no figure
    declared: str = ""  # its label and reading, whose numbers are names: 65 ans, PM2,5


@dataclass(frozen=True)
class Line:
    """A sentence with its figures, as it is read."""

    subject: str
    label: str
    text: str
    old: str = ""  # the figure that its author had, where it is another now
    missing: str = ""  # why there is no figure any more: the sentence is then left out


@dataclass(frozen=True)
class Part:
    """Findings, doubts or resources."""

    key: str
    lines: list[Line]

    @property
    def title(self) -> str:
        """Such as « 3 constats »."""
        count = len(self.lines)
        return f"{count} {PARTS[self.key][0]}{'s' if count > 1 else ''}"

    @property
    def empty(self) -> str:
        """What stands there without a line."""
        return PARTS[self.key][1]


@dataclass(frozen=True)
class Summary:
    """What a neighbourhood's page says first, and who says it."""

    parts: list[Part]
    brief: Brief | None
    release: Release

    @property
    def credit(self) -> str:
        """Who wrote it and when, or that nobody did."""
        if self.brief is None:
            return "Proposé par le calcul, à relire par l’équipe du territoire."
        who = str(self.brief.signature or "l’équipe du territoire")
        if self.brief.organisation:
            who += f" ({self.brief.organisation})"
        return f"Rédigé par {who}, le {in_words(self.brief.saved_at, 'j F Y')}."

    @property
    def stale(self) -> bool:
        """Whether figures are not those that the author had."""
        return any(line.old or line.missing for part in self.parts for line in part.lines)

    @property
    def written_with(self) -> Release | None:
        """The release that the author had, where it is another one."""
        if self.brief is None or self.brief.release_id == self.release.pk:
            return None
        return self.brief.release


def of(request: HttpRequest, zone: Zone, own: Sequence[Reading] | None = None) -> Summary:
    """Return the published text of a neighbourhood with the figures of its release.

    Without one, what the calculation proposes. `own` are the readings of the zone, where the
    caller has them already.
    """
    release = zone.release
    rows = readings_of(request, release, zone.code) if own is None else own
    known = subjects(rows)
    # Only of releases that whoever asks may read: a text speaks of their figures.
    visible = Release.objects.visible_to(request).filter(pk__lte=release.pk).order_by()
    found = Brief.objects.filter(
        territory=release.territory_id, zone=zone.code, published=True,
        release__in=visible.values("pk"),
    )  # fmt: skip
    found = found.select_related("signature", "organisation", "release__territory")
    brief = found.order_by("-release", "-version").first()
    if brief is None:
        return Summary(filled(proposal(rows), known, known), None, release)
    before = known
    if brief.release_id != release.pk:
        before = subjects(readings_of(request, brief.release, zone.code))
    return Summary(filled(brief.items, known, before), brief, release)


def readings_of(request: HttpRequest, release: Release, zone: str) -> list[Reading]:
    """Return what is known of a zone beside its agglomeration."""
    whole = release.zones.filter(kind="epci").values_list("code", flat=True).first() or ""
    values = values_of(request, release, zones=[zone, whole])
    found = reading.readings(release, [], values, whole)
    return [r for (code, _), r in found.items() if code == zone]


def subjects(rows: Sequence[Reading]) -> dict[str, Subject]:
    """Return what the sentences of a zone can speak of, in the order of the catalogue."""
    found = {r.x.name: _subject(r) for r in rows}
    known = [r for r in rows if r.known and not r.is_count]
    imputed = max(known, key=lambda r: r.v.imputed_share or 0.0, default=None)
    if imputed is not None and imputed.v.imputed_share:
        found[ALL_IMPUTED] = _counted(
            ALL_IMPUTED,
            "Habitants des carreaux complétés par l’Insee",
            imputed.imputed,
            f"Pour {FIGURE} des habitants, l’Insee ne donne qu’une moyenne d’alentour, pour que "
            "l’on ne reconnaisse personne.",
        )
    if unsure := [r for r in known if r.v.gap is not None and not r.sure]:
        names = " ; ".join(begun(r.x.label) for r in sorted(unsure, key=lambda r: -r.width)[:2])
        found[ALL_UNSURE] = _counted(
            ALL_UNSURE,
            "Indicateurs qui ne se distinguent pas de l’agglomération",
            _figures(len(unsure)),
            f"Pour {FIGURE} de cette page, on ne peut pas dire si c’est mieux ou pire ici que dans "
            f"l’agglomération. Par exemple : {names}.",
        )
    if missing := [r for r in rows if not r.known]:
        reasons: dict[str, int] = {}
        for r in missing:
            reasons[r.v.reason] = reasons.get(r.v.reason, 0) + 1
        most = max(reasons, key=lambda reason: reasons[reason])
        found[ALL_MISSING] = _counted(
            ALL_MISSING,
            "Indicateurs sans valeur ici",
            _figures(len(missing)),
            f"Il manque {FIGURE} pour ce quartier. La raison la plus fréquente : {_plainly(most)}.",
        )
    return found


def _figures(count: int) -> str:
    return f"{count} chiffre{'s' if count > 1 else ''}"


def _plainly(reason: str) -> str:
    return reading.SAME_IN_COMMUNE if reason == reading.BY_COMMUNE else reason


# Where the doubt comes from, as a resident would be told.
FROM = {
    "la mesure": "les mesures sont peu précises",
    "le secret statistique": "l’Insee ne donne que des moyennes, pour que l’on ne reconnaisse "
    "personne",
    "le passage des carreaux au quartier": "les chiffres sont donnés pour des carrés ou des "
    "secteurs plus grands que le quartier",
}


def _counted(key: str, label: str, figure: str, sentence: str) -> Subject:
    return Subject(key, label, figure, "", sentence, sentence, declared=sentence)


def _subject(r: Reading) -> Subject:
    figure = words.quantity(r.v.central, r.x.unit)
    if r.interval and not r.exact:
        figure += f" (de {r.span})"
    whole = "" if r.is_count or r.whole_figure == words.NOTHING else r.whole_said
    sentence = r.x.reading.format(value=FIGURE)
    if whole:
        sentence += f" Contre {WHOLE} dans l’agglomération."
    cause = f" La raison : {FROM[r.cause]}." if r.cause else ""
    return Subject(
        key=r.x.name,
        label=r.x.label,
        figure=figure if r.known else "",
        whole=whole,
        sentence=sentence,
        doubt=f"{r.x.reading.format(value=FIGURE)} C’est incertain : la vraie valeur peut être "
        f"loin de là.{cause}",
        verdict=r.verdict,
        reason="" if r.known else r.v.reason,
        declared=f"{r.x.label}. {r.x.reading}",
    )


def begun(label: str) -> str:
    """Return a label for the middle of a sentence."""
    return label[:1].lower() + label[1:]


def proposal(rows: Sequence[Reading]) -> list[Item]:
    """Return the sentences that the calculation proposes, not filled."""
    known = subjects(rows)
    wide = [r for r in rows if r.known and r.width > 0]
    doubts = [r.x.name for r in sorted(wide, key=lambda r: -r.width)[:1]]
    imputed = max((r.v.imputed_share or 0.0 for r in rows if r.known), default=0.0)
    if ALL_IMPUTED in known and imputed > IMPUTED:
        doubts.append(ALL_IMPUTED)
    doubts += [key for key in (ALL_UNSURE, ALL_MISSING) if key in known]
    chosen = {
        "findings": [r.x.name for r in reading.findings(rows)],
        "doubts": doubts[:PLACES],
        "resources": [r.x.name for r in reading.resources(rows)],
    }
    return [
        {"part": part, "subject": key, "sentence": proposed(part, known[key])}
        for part, keys in chosen.items()
        for key in keys
    ]


def proposed(part: str, subject: Subject) -> str:
    """Return the sentence that is proposed about a subject."""
    if part == "doubts":
        return subject.doubt
    if part == "findings" and subject.whole and subject.verdict:
        return f"{subject.sentence[:-1]} : {subject.verdict}."
    return subject.sentence


def filled(
    items: Iterable[Item], now: Mapping[str, Subject], before: Mapping[str, Subject]
) -> list[Part]:
    """Return sentences with the figures of now, and those of before where they moved."""
    made: dict[str, list[Line]] = {part: [] for part in PARTS}
    for item in items:
        made[item["part"]].append(_line(item, now.get(item["subject"]), before))
    return [Part(part, lines) for part, lines in made.items()]


def _line(item: Item, subject: Subject | None, before: Mapping[str, Subject]) -> Line:
    key = item["subject"]
    old = before.get(key)
    past = old.figure if old else ""
    if subject is None or not subject.figure:
        label = subject.label if subject else old.label if old else key
        reason = subject.reason if subject else "cet indicateur n’est pas dans cette livraison"
        # What one landlord's agreement holds back is not told by an older release either.
        return Line(key, label, "", "" if reason == WAITING else past, reason or "pas de valeur")
    text = item["sentence"].replace(FIGURE, subject.figure) + _compared(item, subject)
    text = BREAKS.sub("\u00a0", text.replace(WHOLE, subject.whole or "sans valeur"))
    used = _used(item, old) if old and past else ""
    return Line(key, subject.label, text, used if used != _used(item, subject) else "")


def _compared(item: Item, subject: Subject) -> str:
    """Return what a finding is compared with, where its author did not say it."""
    if not _adds(item) or not subject.whole:
        return ""
    text = f" Dans toute l’agglomération : {WHOLE}."
    unsure = subject.verdict == reading.SAME
    return f"{text} On ne peut pas dire si c’est différent ici." if unsure else text


def _adds(item: Item) -> bool:
    return item["part"] == "findings" and WHOLE not in item["sentence"]


def _used(item: Item, subject: Subject) -> str:
    """Return the figures of a subject, as far as a sentence uses them."""
    if (WHOLE in item["sentence"] or _adds(item)) and subject.whole:
        return f"{subject.figure} ; agglomération : {subject.whole}"
    return subject.figure


NUMBER = re.compile(r"[^\W\d_]*\d[\w.,]*\w|[^\W\d_]*\d")
COUNTED = "une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt|cent|mille"
# Proportions in letters: « un habitant sur trois », « deux fois plus », « la moitié ».
SPELLED = re.compile(
    rf"\b(?:{COUNTED})\b(?:\s+\w+){{0,2}}\s+sur\s+(?:{COUNTED})\b"
    rf"|\b(?:{COUNTED})\s+fois\b|\bmoitié\b|\btiers\b(?!-)|\bquarts?\b",
    re.IGNORECASE,
)
BREAKS = re.compile(r" (?=[:;?!»])")
NEXT = re.compile(r"[\s\u202f]*([^\W\d_]+|[%‰€°])?")


def _numbers(text: str) -> list[tuple[str, str]]:
    """Return the numbers of a text, each with the word that follows at once: (« 65 », « ans »)."""
    found = []
    for match in NUMBER.finditer(text):
        after = NEXT.match(text, match.end())
        found.append((match.group().lower(), (after.group(1) or "").lower() if after else ""))
    return found


def typed_figures(sentence: str, subject: Subject) -> list[str]:
    """Return the figures that a sentence types, which only the calculation may give.

    Numbers that are part of a name, such as « 65 ans » or « PM2,5 », are not figures;
    proportions in letters are.
    """
    own = set(_numbers(subject.declared))
    # « PM2,5 » is a name by itself, « 65 » only before « ans ».
    names = {number for number, after in own if not after or number[0].isalpha()}
    wrong = [
        f"{number} {after}".strip()
        for number, after in _numbers(sentence)
        if (number, after) not in own and (number not in names or after in ("%", "‰", "€"))
    ]
    fractions = [c for c in sentence if unicodedata.category(c) == "No" and c not in "²³"]
    told = " ".join(wrong)
    signs = [s for s in ("%", "‰", "pour cent") if s in sentence.lower() and s not in told]
    spelled = [x for x in SPELLED.findall(sentence) if x.lower() not in subject.declared.lower()]
    return wrong + fractions + signs + spelled


def refusals(sentence: str, subject: Subject) -> list[str]:
    """Return why a sentence cannot be kept, each with what to do."""
    why = []
    if sentence.count(FIGURE) != 1:
        why.append(
            f"Écrivez {FIGURE} une fois, là où va le chiffre : le calcul l’y met, avec son "
            "intervalle."
        )
    if WHOLE in sentence and not subject.whole:
        why.append(f"Ce chiffre n’a pas d’équivalent pour l’agglomération : enlevez {WHOLE}.")
    rest = sentence.replace(FIGURE, "").replace(WHOLE, "")
    if "{" in rest or "}" in rest:
        why.append(f"Entre accolades, seuls {FIGURE} et {WHOLE} se remplacent.")
    elif figures := typed_figures(rest, subject):
        why.append(
            f"Un chiffre ne se tape pas (ici : {', '.join(figures)}). Écrivez {FIGURE} à sa place, "
            "ou dites-le sans nombre."
        )
    return why


class Overtaken(Exception):
    """Somebody else saved in the meantime; nothing was lost."""


def latest(zone: Zone) -> Brief | None:
    """Return the last version of a neighbourhood's text, published or not."""
    found = Brief.objects.filter(territory=zone.release.territory_id, zone=zone.code)
    return found.select_related("signature", "organisation").first()


def save(
    zone: Zone, items: Sequence[Mapping[str, Any]], *, by: Person, base: int, published: bool
) -> Brief:
    """Keep a new version, made from version `base`.

    Raises:
        Overtaken: another version was made from it already.
    """
    last = latest(zone)
    if base != (last.version if last else 0):
        raise Overtaken
    try:
        with transaction.atomic():
            return Brief.objects.create(
                territory=zone.release.territory,
                zone=zone.code,
                version=base + 1,
                release=zone.release,
                published=published,
                items=list(items),
                signature=by.sign(),
                organisation=by.organisation,
            )
    except IntegrityError as error:
        raise Overtaken from error
