"""Grids that tables fill in with a pen: the same places as the pages where they are typed in."""

from __future__ import annotations

from dataclasses import dataclass

RATINGS = (
    "comfort", "shade", "seats", "water", "quiet", "air", "ground", "safety", "access"
)  # fmt: skip
YEARS = (2050, 2040, 2030, 2027)
DISSENT = ("disagreements", "minority")
NOTED = ("effort", "impact", "justice")  # from 1 to 3


@dataclass(frozen=True)
class Grid:
    """A sheet: its title, what it asks once, and lines that it repeats.

    Names of places are those of `tongues.FRENCH` and of the fields that keep what they hold.
    """

    title: str
    how: str
    pictogram: str
    texts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    ratings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    # Places that are ticked: the two ends of an axis.
    axes: tuple[str, ...] = ()
    tall: str = ""  # the place that needs the most room


# Two axes make four futures; the climate of 2050 is the same in all of them.
AXES = {
    "first_axis": ("Chacun pour soi", "Coopération"),
    "second_axis": ("On subit le climat", "On s’adapte à temps"),
}

GRIDS = {
    "marche": Grid(
        "Grille d’observation",
        "Une feuille par arrêt. Entourez un chiffre par ligne, puis écrivez vos mots.",
        "eye",
        texts=("where", "helps", "bothers", *DISSENT),
        ratings=RATINGS,
    ),
    "causes": Grid(
        "Les causes",
        "Une ligne par lien : à gauche la cause, à droite ce que cela fait.",
        "link",
        texts=DISSENT,
        columns=("cause_from", "cause_to"),
        lines=("1", "2", "3", "4", "5", "6", "7"),
    ),
    "futurs": Grid(
        "Un futur de 2050",
        "Dites où votre futur se trouve sur les deux axes, puis racontez une journée ordinaire.",
        "clock",
        texts=("first_axis", "second_axis", "story", *DISSENT),
        axes=("first_axis", "second_axis"),
        tall="story",
    ),
    "chemin": Grid(
        "De 2050 à 2027",
        "Partez de 2050 et reculez, date par date.",
        "path",
        texts=DISSENT,
        columns=("conditions", "obstacles", "allies"),
        lines=tuple(map(str, YEARS)),
    ),
    "ressources": Grid(
        "Ce qu’on a déjà ici",
        "Une ligne par ressource. Ce qui tient à une seule personne est fragile : dites-le.",
        "hands",
        texts=DISSENT,
        columns=("asset", "serves", "fragile"),
        lines=("1", "2", "3", "4", "5", "6"),
    ),
    "solution": Grid(
        "Fiche solution",
        "Une fiche par idée. Ce qui manque peut rester vide : on le dira.",
        "tool",
        texts=("title", "problem", "public", "place", "means", "bearer", "first_step", *DISSENT),
        notes=NOTED,
    ),
}
