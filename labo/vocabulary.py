"""The same components in two vocabularies: « GIEC AR6 » and « TACCT ».

The word *exposition* does not mean the same in both: for the IPCC (GIEC) it is who and what is
there; for TACCT it is the climate itself and how it changes. Components are therefore stored under
neutral names and only read in one vocabulary or the other. Reading changes no value.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput

Floats = npt.NDArray[np.float64]
Vocabulary = Literal["ar6", "tacct"]

TITLES: dict[Vocabulary, str] = {"ar6": "Lecture GIEC AR6", "tacct": "Lecture TACCT"}
# What each neutral component is called; scores grow with vulnerability.
WORDS: dict[Vocabulary, dict[str, str]] = {
    "ar6": {
        "hazard": "aléa",
        "exposure": "exposition (les personnes et les biens présents)",
        "sensitivity": "vulnérabilité : sensibilité",
        "adaptive_capacity": "vulnérabilité : manque de capacités",
    },
    "tacct": {
        "hazard": "exposition (le climat et ce qu'il devient ici)",
        "exposure": "sensibilité : personnes et biens présents",
        "sensitivity": "sensibilité : fragilités",
        "adaptive_capacity": "sensibilité : manque de capacités",
    },
}
# Scores from 0 to 100 get notes 1 to 4: a score equal to a bound has the higher note.
NOTE_BOUNDS = (25.0, 50.0, 75.0)
# Products of two notes: 1-3, 4-6, 8-9, 12-16. To be checked against the producer's guide.
CLASS_BOUNDS = (4.0, 8.0, 12.0)
CLASS_WORDS = ("faible", "moyenne", "forte", "très forte")


class Reading(NamedTuple):
    """parts: scores by what they are called; combined: of all together. Arrays are (zones,) or
    (zones, draws), as the components were given.
    """

    parts: dict[str, Floats]
    combined: Floats


class Notes(NamedTuple):
    """exposure, sensitivity: notes 1 to 4. product: 1 to 16. classed: 1 (the lowest product) to the
    number of classes; NaN where a note is missing.
    """

    exposure: Floats
    sensitivity: Floats
    product: Floats
    classed: Floats


def ar6(scores: Mapping[str, npt.ArrayLike], weights: Mapping[str, float]) -> Reading:
    """Return hazard, exposure and vulnerability, the last from sensitivity and lacking capacity.

    Risk comes where the three meet. Their mean with the declared weights is the arithmetic index
    itself: what is missing leaves its weight to the others.

    Args:
        scores: by neutral component, from 0 to 100, growing with vulnerability.
        weights: of the components.

    Raises:
        BadInput: a component that is none of the four.
    """
    given = _given(scores)
    parts = {
        "aléa": ("hazard",),
        "exposition": ("exposure",),
        "vulnérabilité": ("sensitivity", "adaptive_capacity"),
    }
    found = {
        label: _mean(given, weights, names)
        for label, names in parts.items()
        if any(name in given for name in names)
    }
    return Reading(found, _mean(given, weights, tuple(given)))


def tacct(
    scores: Mapping[str, npt.ArrayLike],
    weights: Mapping[str, float],
    *,
    exposure_note: npt.ArrayLike | None = None,
    note_bounds: Sequence[float] = NOTE_BOUNDS,
    class_bounds: Sequence[float] = CLASS_BOUNDS,
) -> Notes:
    """Return TACCT's notes and their product: exposure is the hazard, all else is sensitivity.

    TACCT's notes are given by people who discuss them: these are a first proposal, from places
    among neighbourhoods and not from the amount of change. Where no hazard is known at the scale of
    a neighbourhood, the exposure is discussed for the agglomeration and given as a note.

    Args:
        scores: by neutral component, from 0 to 100.
        weights: of the components.
        exposure_note: from 1 to 4, instead of the note of the hazard; one for all or by zone.
        note_bounds: three scores between the notes.
        class_bounds: products at which a higher class begins.

    Raises:
        BadInput: bounds that do not grow or are not three, or a note that is none.
    """
    if len(note_bounds) != 3:
        raise BadInput(f"{len(note_bounds)} bounds between notes 1 to 4: three are needed.")
    given = _given(scores)
    others = tuple(name for name in given if name != "hazard")
    sensitivity = _grade(_mean(given, weights, others), note_bounds)
    if exposure_note is not None:
        exposure = np.broadcast_to(
            np.asarray(exposure_note, dtype=np.float64), sensitivity.shape
        ).copy()
        if not np.isin(exposure[~np.isnan(exposure)], (1.0, 2.0, 3.0, 4.0)).all():
            raise BadInput("A note of exposure is 1, 2, 3 or 4.")
    else:
        exposure = _grade(_mean(given, weights, ("hazard",)), note_bounds)
    product = exposure * sensitivity
    return Notes(exposure, sensitivity, product, _grade(product, class_bounds))


def _given(scores: Mapping[str, npt.ArrayLike]) -> dict[str, Floats]:
    if unknown := set(scores) - set(WORDS["ar6"]):
        raise BadInput(f"No component is named {', '.join(sorted(unknown))}.")
    return {name: np.asarray(part, dtype=np.float64) for name, part in scores.items()}


def _mean(
    given: Mapping[str, Floats], weights: Mapping[str, float], names: Sequence[str]
) -> Floats:
    """Return the weighted mean of what is there, NaN where nothing is."""
    shape = np.broadcast_shapes(*(part.shape for part in given.values()))
    total, heavy = np.zeros(shape), np.zeros(shape)
    for name in names:
        if name in given:
            known = ~np.isnan(given[name])
            total += np.where(known, given[name], 0.0) * weights[name]
            heavy += known * weights[name]
    return np.divide(total, heavy, out=np.full(shape, np.nan), where=heavy > 0)


def _grade(values: Floats, bounds: Sequence[float]) -> Floats:
    """Return 1 below the first bound, one more at each bound that is reached."""
    limits = np.asarray(bounds, dtype=np.float64)
    if not (np.diff(limits) > 0).all():
        raise BadInput(f"The bounds {list(bounds)} must grow from one to the next.")
    found = 1.0 + np.searchsorted(limits, values, side="right")
    return np.where(np.isnan(values), np.nan, found)
