"""Institut national de la statistique et des études économiques: grids, census, QPV statistics."""

import json
from functools import partial

import numpy as np
import pandas as pd

from labo import archives
from labo.errors import BadInput
from labo.official import (
    Columns,
    check_counts,
    check_unique,
    read_csv,
    read_sheet,
)
from labo.projection import way
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.sources.insee_iris import read_iris_counts
from labo.vector import VECTOR, read_vector

CELL_SIZE = 200
# Columns of the 200 m Filosofi grid: tidy name and official name. All are sums over the cell.
FILOSOFI: dict[str, str] = {
    "population": "ind",
    "households": "men",
    "poor_households": "men_pauv",
    "one_person_households": "men_1ind",
    "large_households": "men_5ind",
    "owner_households": "men_prop",
    "single_parent_households": "men_fmp",
    "standard_of_living": "ind_snv",
    "floor_area": "men_surf",
    "collective_households": "men_coll",
    "house_households": "men_mais",
    "dwellings_before_1945": "log_av45",
    "dwellings_1945_1970": "log_45_70",
    "dwellings_1970_1990": "log_70_90",
    "dwellings_after_1990": "log_ap90",
    "dwellings_unknown_period": "log_inc",
    "social_housing": "log_soc",
    "aged_0_3": "ind_0_3",
    "aged_4_5": "ind_4_5",
    "aged_6_10": "ind_6_10",
    "aged_11_17": "ind_11_17",
    "aged_18_24": "ind_18_24",
    "aged_25_39": "ind_25_39",
    "aged_40_54": "ind_40_54",
    "aged_55_64": "ind_55_64",
    "aged_65_79": "ind_65_79",
    "aged_80_plus": "ind_80p",
    "aged_unknown": "ind_inc",
}
# The census by IRIS: residents.
CENSUS = {"census_population": "P21_POP", "census_aged_65_plus": "P21_POP65P"}
# The id and the imputation flag are what INSEE renames from one vintage to the next.
FILOSOFI_KEYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "2015": ("IdINSPIRE", ("I_est_cr", "I_est_200")),
    "2017": ("Idcar_200m", ("I_est_200",)),
    "2019": ("idcar_200m", ("i_est_200",)),
    "2021": ("idcar_200m", ("i_est_200", "i_est_200m")),
}
# Overseas grids are in other systems than the 3035 squares of the mainland.
CELL_ID = r"^CRS3035RES200mN(\d+)E(\d+)$"
# Codes say which list of QPVs they are of.
QPV_PREFIX = {"2015": "QP", "2024": "QN"}


def read_filosofi(file: SourceFile, bounds: Bounds | None, *, vintage: str) -> pd.DataFrame:
    """One row per inhabited 200 m cell: cell, x, y (EPSG:3035, south-west corner), imputed, sums.

    The geometry is the id's: the square is rebuilt from it, so a CSV serves as well as a GPKG.

    Raises:
        BadInput: unknown ids, duplicate cells, empty or negative counts, or see `labo.official`.
    """
    id_column, flags = FILOSOFI_KEYS[vintage]
    columns: Columns = {"cell": (id_column,), "imputed": flags} | {
        tidy: (official,) for tidy, official in FILOSOFI.items()
    }
    name = file.path.name
    if file.path.suffix.lower() == ".zip":
        name = archives.member(file.path, (*VECTOR, ".csv"), "200m_met")
    if name.lower().endswith(".csv"):
        table = read_csv(file, columns, text=("cell",), prefer="200m_met")
    else:
        # The islands overseas are further layers, in further systems.
        table = read_vector(
            file, columns, bounds, text=("cell",), prefer="200m_met", geometry=False
        )
    if "imputed" in table.attrs["absent"]:
        raise BadInput(
            f"{file.path} has no column {flags[0]!r}: without it nothing tells the cells that "
            "INSEE counted from those it imputed; give a copy that holds it."
        )
    corner = table["cell"].astype(str).str.extract(CELL_ID)
    unknown = corner.isna().any(axis=1)
    if unknown.any():
        raise BadInput(
            f"{file.path} has a cell named {str(table.loc[unknown, 'cell'].iloc[0])!r} "
            f"({int(unknown.sum())} in all); expected ids of the mainland grid, such as "
            "'CRS3035RES200mN2759200E3531200'."
        )
    table["y"], table["x"] = corner[0].astype(np.int64), corner[1].astype(np.int64)
    if bounds is not None:
        table = table[_inside(table, bounds)]
    check_unique(file, table, "cell")
    check_counts(file, table, FILOSOFI | {"imputed": flags[0]}, "cell")
    table["imputed"] = table["imputed"] > 0
    return table.reset_index(drop=True)


def _inside(table: pd.DataFrame, bounds: Bounds) -> "pd.Series[bool]":
    transformer = way("EPSG:4326", "EPSG:3035")
    west, south, east, north = transformer.transform_bounds(*bounds, densify_pts=21)
    return (
        (table["x"] > west - CELL_SIZE)
        & (table["x"] < east)
        & (table["y"] > south - CELL_SIZE)
        & (table["y"] < north)
    )


def read_epci(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per commune of an EPCI: epci (SIREN), epci_name, commune (INSEE code), commune_name.

    Raises:
        BadInput: not the list of EPCIs with their members.
    """
    del bounds
    try:
        content = json.loads(file.path.read_text(encoding="utf-8-sig"))
        rows = [
            (str(e["code"]), str(e["nom"]), str(m["code"]), str(m["nom"]))
            for e in content
            for m in e["membres"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{file.path} is not a JSON list of EPCIs with code, nom and membres ({error!r}): give "
            f"epci.json of {file.source.page}."
        ) from error
    return pd.DataFrame(rows, columns=["epci", "epci_name", "commune", "commune_name"])


def read_qpv_statistics(
    file: SourceFile, bounds: Bounds | None, *, generation: str
) -> pd.DataFrame:
    """One row per QPV: code, municipal_population (residents), median_income (€ per UC).

    Figures that INSEE keeps to itself are NaN.

    Raises:
        BadInput: no QPV of that generation, one given twice, negative figures, or see
            `labo.official.read_sheet`.
    """
    del bounds
    official = {"municipal_population": "POP_MUN", "median_income": "DISP_Q2"}
    columns = {"code": ("CODGEO",)} | {tidy: (name,) for tidy, name in official.items()}
    table = read_sheet(file, columns, text=("code",))
    prefix = QPV_PREFIX[generation]
    known = table["code"].astype(str).str.startswith(prefix)
    if not known.any():
        raise BadInput(
            f"{file.path} has no QPV whose code begins with {prefix}, it begins with "
            f"{str(next(iter(table['code']), 'nothing'))!r}: give the statistics of the "
            f"{generation} generation."
        )
    # Below the table stand notes, and totals of larger areas.
    others = ~known & table[list(official)].notna().any(axis=1)
    if others.any():
        file.note("rejected", int(others.sum()), f"rows that are no QPV of {generation}")
    absent = table.attrs["absent"]
    table = table[known].reset_index(drop=True)
    check_unique(file, table, "code")
    for tidy in official.keys() - set(absent):
        given = table[table[tidy].notna()]
        check_counts(file, given, {tidy: official[tidy]}, "code")
    return table


# The page of each vintage; only the newest has a direct address that we know.
FILOSOFI_PAGES = {"2015": "4176290", "2017": "6215217", "2019": "7655515", "2021": "8735162"}
FILOSOFI_URLS = {
    "2021": (
        "https://www.insee.fr/fr/statistiques/fichier/8735162/Filosofi2021_carreaux_200m_gpkg.zip"
    )
}
for _vintage, _page in FILOSOFI_PAGES.items():
    SOURCES.add(
        Source(
            id=f"insee_filosofi_200m_{_vintage}",
            dataset="insee_filosofi_200m",
            label=f"Filosofi {_vintage}, données carroyées à 200 m",
            producer="Insee",
            licence="Licence Ouverte 2.0",
            vintage=_vintage,
            page=f"https://www.insee.fr/fr/statistiques/{_page}",
            url=FILOSOFI_URLS.get(_vintage),
            format="zip",
            crs="EPSG:3035",
            scope="national",
            read=partial(read_filosofi, vintage=_vintage),
        )
    )
SOURCES.add(
    Source(
        id="insee_epci_2026",
        dataset="insee_epci",
        label="Composition communale des EPCI",
        producer="Insee, Banatic (mise en forme Etalab)",
        licence="MIT",
        vintage="2026",
        page="https://www.npmjs.com/package/@etalab/decoupage-administratif",
        url="https://unpkg.com/@etalab/decoupage-administratif@6.0.0/data/epci.json",
        format="json",
        crs=None,
        scope="national",
        read=read_epci,
        inside=everything,
    )
)
SOURCES.add(
    Source(
        id="insee_rp_iris_2021",
        dataset="insee_rp_iris",
        label="Recensement 2021 à l'IRIS, structure de la population",
        producer="Insee",
        licence="Licence Ouverte 2.0",
        vintage="2021",
        page="https://www.insee.fr/fr/statistiques/8268806",
        url=(
            "https://www.insee.fr/fr/statistiques/fichier/8268806/"
            "base-ic-evol-struct-pop-2021_csv.zip"
        ),
        format="csv",
        crs=None,
        scope="national",
        read=partial(read_iris_counts, official=CENSUS),
        inside=everything,
    )
)
for _generation in ("2015", "2024"):
    SOURCES.add(
        Source(
            id=f"insee_qpv_{_generation}",
            dataset=f"insee_qpv_{_generation}",
            label=f"Statistiques officielles des QPV, génération {_generation}",
            producer="Insee",
            licence="Licence Ouverte 2.0",
            vintage=_generation,
            page="https://www.insee.fr/fr/statistiques/2500477",
            url=None,
            format="xlsx",
            crs=None,
            scope="national",
            read=partial(read_qpv_statistics, generation=_generation),
            inside=everything,
        )
    )
