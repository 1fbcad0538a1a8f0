"""Projections of a fictive climate around a synthetic agglomeration, and its true ensemble.

The climate belongs to the country: it varies slowly from place to place, and two agglomerations of
one mirror see the same simulations. The file has it at points, the truth over the ground.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj

from labo.demo import files
from labo.demo.field import Floats
from labo.demo.site import Site

SOURCES = {"drias_tracc_2023": ("drias_tracc_2023.txt", "2023")}
_MEMBERS = 17
# How DRIAS writes a level of warming, and the horizon of the TRACC (or period) that it stands for.
_HORIZONS = {"REF": "1976-2005", "GWL15": "2030", "GWL20": "2050", "GWL30": "2100"}
_QUANTILES = {"Q05": 0.05, "Q50": 0.5, "Q95": 0.95}
_SCENARIO = "TRACC-2023"
# Distance between points (m), and metres over which the climate goes from mild to harsh and back.
_STEP = 8_000
_WAVE = 800_000.0
_HEADER = (
    "# ---",
    "# DONNÉES FICTIVES : Ville-Témoin, aucun de ces lieux n'existe",
    "# Producteur : logiciel Labo Quartiers en Transitions, au format des exports de DRIAS",
    f"# Jeu de données : {_SCENARIO} ({_MEMBERS} simulations), données fictives",
    "# Période de référence : 1976-2005",
    "# Valeurs annuelles : jours, mm et degrés-jours",
    "# ---",
)


@dataclass(frozen=True)
class _Signal:
    """One indicator: its column, its mean at each level, and how it varies.

    `spread` is the relative deviation between simulations in the reference period and at the last
    level; `place` is the relative amplitude from place to place.
    """

    column: str
    indicator: str
    levels: tuple[float, float, float, float]
    spread: tuple[float, float]
    place: float


# Invented, of the order of what the west of France knows (days, mm and °C·day per year).
_SIGNALS = (
    _Signal("NORTX30D_yr", "days_above_30_per_year", (9, 18, 26, 45), (0.06, 0.16), 0.25),
    _Signal("NORTX35D_yr", "days_above_35_per_year", (0.7, 2.2, 4.6, 12), (0.1, 0.3), 0.3),
    _Signal("NORTR_yr", "nights_above_20_per_year", (0.8, 3.0, 7.0, 22), (0.1, 0.3), 0.2),
    _Signal("NORTXHWD_yr", "heat_wave_days_per_year", (1.6, 8, 15, 34), (0.1, 0.25), 0.1),
    _Signal("NORPXCDD_yr", "dry_spell_of_the_year", (24, 26, 28, 31), (0.05, 0.12), 0.1),
    _Signal("NORPN20MM_yr", "heavy_rain_days_per_year", (2.0, 2.3, 2.5, 2.8), (0.08, 0.2), 0.15),
    _Signal("NORRx1d_yr", "", (33, 36, 37, 40), (0.05, 0.12), 0.1),
    _Signal(
        "NORHDD_yr", "heating_degree_days_per_year", (2050, 1750, 1580, 1310), (-0.02, -0.07), 0.05
    ),
    _Signal("NORCDD_yr", "cooling_degree_days_per_year", (110, 200, 285, 480), (0.05, 0.2), 0.15),
)


def write(site: Site) -> pd.DataFrame:
    """Add the points around the territory to the export, and its truth to truth/climate.csv.

    The truth is low, median and high by horizon, not one value: the table that is returned, for the
    truth of the indicators, is empty.
    """
    _write_points(site, site.directory / SOURCES["drias_tracc_2023"][0])
    land = site.city.land
    over_ground = np.average(
        _by_place(site.key[0], land.centroid[:, 0], land.centroid[:, 1]), axis=1, weights=land.area
    )
    members = _simulated(site.key[0]) * over_ground[:, None]
    low, median, high = np.quantile(members, list(_QUANTILES.values()), axis=0)
    rows = [
        {
            "territory": site.territory,
            "zone_kind": "epci",
            "zone": next(zone.code for zone in site.zones if zone.kind == "epci"),
            "scenario": _SCENARIO,
            "horizon": horizon,
            "indicator": signal.indicator,
            "low": round(float(low[at, level]), 6),
            "median": round(float(median[at, level]), 6),
            "high": round(float(high[at, level]), 6),
        }
        for level, horizon in enumerate(_HORIZONS.values())
        for at, signal in enumerate(_SIGNALS)
        if signal.indicator
    ]
    files.append_csv(site.directory / "truth" / "climate.csv", pd.DataFrame(rows))
    return pd.DataFrame()


def _simulated(seed: int) -> Floats:
    """Return every simulation where the climate is neither mild nor harsh: (members, signals,
    levels). One that warms more than the others has more heat and less need of heating.
    """
    rng = np.random.default_rng([seed, 61])
    warm = rng.standard_normal(_MEMBERS)[:, None, None]
    own = rng.standard_normal((_MEMBERS, len(_SIGNALS), len(_HORIZONS)))
    levels = np.array([signal.levels for signal in _SIGNALS], dtype=float)
    first, last = np.array([signal.spread for signal in _SIGNALS]).T[:, :, None]
    spread = first + (last - first) * np.linspace(0.0, 1.0, len(_HORIZONS))
    simulated: Floats = levels * np.exp(spread * (0.9 * warm + 0.4 * own))
    return simulated


def _by_place(seed: int, x: Floats, y: Floats) -> Floats:
    """Return what each indicator is multiplied by at places of EPSG:2154: (signals, places)."""
    phase_x, phase_y = 2 * np.pi * np.random.default_rng([seed, 62]).random(2)
    harsh = np.sin(2 * np.pi * x / _WAVE + phase_x) + np.sin(2 * np.pi * y / _WAVE + phase_y)
    factor: Floats = np.exp(np.array([[signal.place] for signal in _SIGNALS]) * harsh / 2)
    return factor


def _write_points(site: Site, path: Path) -> None:
    """Add the points of the country's grid in and around the agglomeration that are not there."""
    low_x, low_y = site.city.land.quads.min(axis=(0, 1)) - _STEP
    high_x, high_y = site.city.land.quads.max(axis=(0, 1)) + _STEP
    columns, rows = np.meshgrid(
        np.arange(np.ceil(low_x / _STEP), high_x / _STEP),
        np.arange(np.ceil(low_y / _STEP), high_y / _STEP),
    )
    column, row = columns.ravel().astype(int), rows.ravel().astype(int)
    names = [f"{r:04d}{c:04d}" for r, c in zip(row, column, strict=True)]
    x, y = _STEP * column.astype(np.float64), _STEP * row.astype(np.float64)
    ensemble = np.quantile(_simulated(site.key[0]), list(_QUANTILES.values()), axis=0)
    # Its axes are quantiles, signals, levels and points.
    values = ensemble[..., None] * _by_place(site.key[0], x, y)[:, None, :]
    longitude, latitude = pyproj.Transformer.from_crs(2154, 4326, always_xy=True).transform(x, y)
    lines = [] if path.exists() else [*_HEADER, "# " + ";".join(_columns()) + ";"]
    written = _points_of(path)
    for at, name in enumerate(names):
        if name in written:
            continue
        where = f"{name};{latitude[at]:.4f};{longitude[at]:.4f}"
        for level, code in enumerate(_HORIZONS):
            for rank, quantile in enumerate(_QUANTILES):
                cells = ";".join(f"{value:.2f}" for value in values[rank, :, level, at])
                lines.append(f"{where};{code};{quantile};{cells};")
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def _columns() -> list[str]:
    places = ["Point", "Latitude", "Longitude", "Niveau", "Quantile"]
    return places + [signal.column for signal in _SIGNALS]


def _points_of(path: Path) -> set[str]:
    """Return the points that the export has already: agglomerations may be near one another."""
    if not path.exists():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.partition(";")[0] for line in lines if not line.startswith("#")}
