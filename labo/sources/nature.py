"""Nature near homes: green and blue corridors, species observed, shared gardens."""

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.special
import shapely

from labo.errors import BadInput
from labo.official import check_counts, check_unique, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.vector import read_vector

Floats = npt.NDArray[np.float64]

# Cells with fewer records say too little of what lives there; the others are brought to as many.
RAREFIED_TO = 100
# EEA reference grid: "1kmE3456N2789" has its south-west corner at 3,456 and 2,789 km.
CELL = re.compile(r"1kmE(\d{1,4})N(\d{1,4})")
CELL_M = 1_000
METRES = "EPSG:2154"


def read_corridors(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per corridor or reservoir: element (id), kind (what it is for), geometry (EPSG:2154).

    Raises:
        BadInput: see `labo.vector.read_vector`; corridors given as lines are refused.
    """
    return read_vector(
        file,
        {"element": ("ID_CORR", "ID_RESV"), "kind": ("MILMAJ_NAT",)},
        bounds,
        text=("element", "kind"),
        prefer="_s_",
    )


def read_species(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per 1 km cell where something was recorded, inside `bounds`.

    Columns: cell, records (how many), species (seen), richness (species expected among RAREFIED_TO
    records; NaN where there are fewer), geometry (EPSG:3035).

    Raises:
        BadInput: a cell that is none of the 1 km grid, or a count that is not 1 or more; see also
            `labo.official.read_csv`.
    """
    names = {
        "cell": ("eeacellcode",),
        "species": ("specieskey",),
        "records": ("occurrences",),
    }
    table: pd.DataFrame = read_csv(file, names, text=("cell", "species"))
    check_counts(file, table, {"records": "occurrences"}, "cell")
    found = table["cell"].astype(str).str.strip().str.extract(CELL.pattern + "$")
    wrong = found[0].isna().to_numpy()
    if wrong.any():
        raise BadInput(
            f"{file.path} has {str(table['cell'].iloc[int(wrong.argmax())])!r} in column "
            f"'eeacellcode' ({int(wrong.sum())} of {len(table)} rows), where a 1 km cell such as "
            "'1kmE3456N2789' was expected: ask GBIF for a cube on the EEA grid at 1,000 m."
        )
    table["east"] = found[0].astype(int) * CELL_M
    table["north"] = found[1].astype(int) * CELL_M
    rows = len(table)
    # A species without a name is no species.
    table = table[table["species"].notna() & (table["records"] > 0)]
    kinds = table.groupby(["cell", "east", "north", "species"])["records"].sum()
    counted = kinds.reset_index()
    keys, cell = np.unique(counted["cell"].to_numpy(dtype=str), return_inverse=True)
    counts = counted["records"].to_numpy(dtype=float)
    first = counted.groupby("cell", sort=True)[["east", "north"]].first()
    east, north = first["east"].to_numpy(), first["north"].to_numpy()
    cells = gpd.GeoDataFrame(
        {
            "cell": keys,
            "records": np.bincount(cell, counts, len(keys)),
            "species": np.bincount(cell, minlength=len(keys)).astype(float),
            "richness": rarefied_richness(cell, counts, len(keys), RAREFIED_TO),
        },
        geometry=shapely.box(east, north, east + CELL_M, north + CELL_M),
        crs="EPSG:3035",
    )
    cells.attrs["rows"] = rows
    return _near(file, cells, bounds)


def _near(file: SourceFile, cells: gpd.GeoDataFrame, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """Return the cells that meet the bounds; a cell is whole, so that its richness is the same."""
    if bounds is None or cells.empty:
        return cells
    box = gpd.GeoSeries([shapely.box(*bounds)], crs="EPSG:4326").to_crs("EPSG:3035")
    west, south, east, north = box.total_bounds
    ends = cells.geometry.bounds
    near = (ends["minx"] < east) & (ends["maxx"] > west)
    near &= (ends["miny"] < north) & (ends["maxy"] > south)
    if not near.any():
        file.note("missing", cells.attrs["rows"], "none of the cells lies around the territory")
    return cells[near].reset_index(drop=True)


def rarefied_richness(
    place: npt.NDArray[np.int64], counts: Floats, places: int, records: int
) -> Floats:
    """Return the species expected in a draw of `records` records, without replacement.

    Hurlbert (1971): E(S) = Σ 1 − C(N − Nᵢ, n) / C(N, n): what an equal effort would have shown.

    Args:
        place: where each species was seen, shape (rows,).
        counts: records of that species there, (rows,).
        places: how many there are.
        records: n, the effort that all are brought to.

    Returns:
        shape (places,); NaN where there are fewer records than that.
    """
    total = np.bincount(place, counts, places).astype(np.float64)
    left = total[place] - counts
    enough = total[place] >= records
    # A species with more than N − n records cannot be missed.
    missable = enough & (left >= records)
    missed = np.zeros(len(counts))
    n, of = left[missable], total[place][missable]
    missed[missable] = np.exp(_log_choices(n, records) - _log_choices(of, records))
    expected = np.bincount(place, 1.0 - missed, places).astype(np.float64)
    return np.where(total >= records, expected, np.nan)


def _log_choices(n: Floats, k: int) -> Floats:
    logarithm: Floats = scipy.special.gammaln(n + 1) - scipy.special.gammaln(n - k + 1)
    return logarithm


def read_gardens(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per shared garden: garden (id), area_m2, geometry (EPSG:4326).

    Contours measure themselves; a CSV file says longitude, latitude and m² (unknown stays NaN).

    Raises:
        BadInput: a garden given twice, an area below zero, or a place that is not in degrees; see
            also `labo.official`.
    """
    if file.path.suffix.lower() != ".csv":
        contours = read_vector(file, {"garden": ("identifiant", "id")}, bounds, text=("garden",))
        check_unique(file, contours, "garden")
        return contours.assign(area_m2=contours.geometry.to_crs(METRES).area)
    table = read_csv(
        file,
        {
            "garden": ("identifiant", "id"),
            "longitude": ("longitude", "lon"),
            "latitude": ("latitude", "lat"),
            "area_m2": ("surface_m2", "surface"),
        },
        text=("garden",),
    )
    check_unique(file, table, "garden")
    x, y = table["longitude"].to_numpy(dtype=float), table["latitude"].to_numpy(dtype=float)
    lost = ~((np.abs(x) <= 180) & (np.abs(y) <= 90))
    if lost.any():
        row = int(lost.argmax())
        raise BadInput(
            f"{file.path} has ({x[row]:g}, {y[row]:g}) as longitude and latitude of garden "
            f"{table['garden'].iloc[row]}, where degrees were expected: give them in EPSG:4326."
        )
    negative = table["area_m2"] < 0
    if negative.any():
        raise BadInput(
            f"{file.path} has {table.loc[negative, 'area_m2'].iloc[0]:g} m² for garden "
            f"{table.loc[negative, 'garden'].iloc[0]}, where 0 or more was expected: correct it, "
            "or leave the cell empty if nobody knows."
        )
    gardens = gpd.GeoDataFrame(
        table[["garden", "area_m2"]], geometry=shapely.points(x, y), crs="EPSG:4326"
    )
    if bounds is None:
        return gardens
    return gardens[gardens.geometry.intersects(shapely.box(*bounds))].reset_index(drop=True)


SOURCES.add(
    Source(
        id="inpn_srce_2018",
        dataset="inpn_corridors",
        label="Trame verte et bleue : corridors et réservoirs des SRCE et SRADDET",
        producer="OFB, PatriNat (INPN), régions",
        licence="Licence Ouverte 2.0",
        vintage="2018",
        page="https://inpn.mnhn.fr/programme/trame-verte-et-bleue",
        url=None,
        format="shp",
        crs="EPSG:2154",
        scope="national",
        local_holder="la région",
        read=read_corridors,
    )
)
SOURCES.add(
    Source(
        id="gbif_species_2025",
        dataset="gbif_species",
        label="Observations d'espèces par maille de 1 km (cube GBIF, données de l'INPN comprises)",
        producer="GBIF, INPN",
        licence="CC BY 4.0",
        vintage="2025",
        page="https://www.gbif.org/occurrence-cubes",
        url=None,
        format="csv",
        crs="EPSG:3035",
        scope="territory",
        read=read_species,
        inside=_near,
    )
)
SOURCES.add(
    Source(
        id="collectivites_jardins_2025",
        dataset="collectivites_jardins",
        label="Jardins partagés et familiaux recensés par les collectivités",
        producer="Collectivités, associations de jardins",
        licence="Licence Ouverte 2.0 ou ODbL, selon la collectivité",
        vintage="2025",
        page="https://www.data.gouv.fr/datasets/search?q=jardins+partages",
        url=None,
        format="csv",
        crs="EPSG:4326",
        scope="territory",
        local_holder="la commune ou à l’agglomération",
        read=read_gardens,
    )
)
