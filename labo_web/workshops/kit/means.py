"""Resources of a neighbourhood, ready for cards: what everyone may read of them."""

from __future__ import annotations

import datetime as dt

from labo.catalogue import PLACES
from labo_web.releases.models import Zone
from labo_web.resources.corrected import NamedPlace, places_of
from labo_web.resources.forms import near_to
from labo_web.resources.models import Description, Known, Slot
from labo_web.resources.needs import FRAGILITIES
from labo_web.workshops.kit.content import Means

MOST = 24  # cards
PICTURES = {
    "place": "house",
    "association": "people",
    "know_how": "hands",
    "practice": "hands",
    "tool": "tool",
    "service": "safety",
}


def means_of(here: Zone, today: dt.date) -> list[Means]:
    """Return the published resources of a neighbourhood, those of its territory, and open places.

    A place of open data that is a resource already is not there twice.
    """
    territory = here.release.territory_id
    rows = Description.objects.published().filter(
        resource__territory=territory, zone__in=(here.code, "")
    )
    ordered = sorted(rows, key=lambda d: (d.zone != here.code, d.name))[:MOST]
    places = near_to(here, places_of(here.release.folder).values())
    names = {d.name.casefold() for d in ordered}
    known = [_open(p) for p in places if p.name.casefold() not in names]
    return [*(_means(d, today) for d in ordered), *known][:MOST]


def _open(p: NamedPlace) -> Means:
    """Return a place that a file of open data names, which nobody here has checked."""
    kinds = [PLACES[k].label for k in p.kinds if k in PLACES]
    hours = f"Horaires dans le fichier : {p.hours}." if p.hours else "Horaires inconnus."
    lines = (hours, "Vu dans des données ouvertes : à vérifier sur place, surtout en août.")
    return Means(p.name, " ; ".join(kinds) or "Lieu", lines, "house", p.lat, p.lon)


def _means(d: Description, today: dt.date) -> Means:
    lines = [d.offer]
    if d.holder:
        lines.append(f"Qui la tient : {d.holder}.")
    if d.capacity:
        lines.append(f"Pour {d.capacity} personne{'s' if d.capacity > 1 else ''} à la fois.")
    lines.append(_opening(d, today))
    if weak := [FRAGILITIES[x] for x in d.fragilities if x in FRAGILITIES]:
        lines.append(f"Fragile : {', '.join(weak)}.")
    return Means(
        d.name,
        str(d.resource.get_kind_display()).capitalize(),
        tuple(lines),
        PICTURES.get(d.resource.kind, "hands"),
        d.lat,
        d.lon,
    )


def _opening(d: Description, today: dt.date) -> str:
    """Say when it opens on a hot day, as far as somebody checked since June."""
    found = {slot: d.opens(slot, today) for slot in Slot}
    told = [str(slot.label) for slot, known in found.items() if known == Known.YES]
    closed = [str(slot.label) for slot, known in found.items() if known == Known.NO]
    text = f"En été, ouvert {', '.join(told)}. " if told else ""
    text += f"Fermé {', '.join(closed)}. " if closed else ""
    if not told and not closed:
        return "En août et en alerte canicule : on ne sait pas si c’est ouvert."
    if d.checked_on:
        text += f"Vérifié le {d.checked_on:%d/%m/%Y}."
    return text.strip()
