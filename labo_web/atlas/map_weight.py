"""What the map to explore weighs, measured from its files: said before somebody pays for it."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

from labo_web.releases.kept import zones_of
from labo_web.releases.models import Release

# What `map.js` asks for once the button is pressed.
LIBRARIES = (
    "vendor/maplibre-gl.mjs",
    "vendor/maplibre-gl-worker.mjs",
    "vendor/pmtiles.mjs",
)
TILES = "cells.pmtiles"
MILLION = 1_000_000


def map_weight(release: Release) -> str:
    """Return how much the map of a release downloads at most, in words: « 1,1 Mo »."""
    tiles = release.folder / TILES
    weight = _libraries() + _outlines(release) + (tiles.stat().st_size if tiles.is_file() else 0)
    return f"{weight / MILLION:.1f}\u00a0Mo".replace(".", ",")


@lru_cache(1)
def _libraries() -> int:
    found = [finders.find(name) for name in LIBRARIES]
    return sum(len(gzip.compress(Path(str(path)).read_bytes(), 6)) for path in found if path)


# A release never changes, and is known by its code.
_OUTLINES: dict[str, int] = {}


def _outlines(release: Release) -> int:
    """Return the weight of the outlines of zones, compressed as they are sent."""
    if release.code not in _OUTLINES:
        text = "".join(z.geometry for z in zones_of(release))
        _OUTLINES[release.code] = len(gzip.compress(text.encode(), 6))
    return _OUTLINES[release.code]
