"""Observatoire national de la précarité énergétique: GEODIP, a model of energy poverty by IRIS."""

import pandas as pd

from labo.errors import BadInput
from labo.official import check_counts, check_unique, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.sources.insee_iris import iris_codes
from labo.spelling import COMMUNE

# GEODIP is exported by hand, by each user, so the headings vary: to check on the first real export.
IRIS: tuple[str, ...] = ("code_iris", "iris", "codgeo", "code")
COUNTS: dict[str, tuple[str, ...]] = {
    "onpe_households": ("nb_menages", "menages", "nombre_de_menages"),
    "energy_poor": ("tee_log", "nb_tee_log"),
    "fuel_poor": ("tee_mob", "nb_tee_mob"),
}
# In France about one household in nine: below this share the figures are percentages.
LOWEST_SHARE = 0.02


def read_energy_poverty(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per IRIS: iris (9 characters), onpe_households, energy_poor, fuel_poor (households).

    A row whose code is a commune's (5 characters) is the only IRIS of that commune; where the file
    has IRIS of the commune too, it is their total and is left out. Both are told.

    Raises:
        BadInput: percentages instead of households, more of them than there are, not an IRIS code,
            one given twice, empty or negative counts, or see `labo.official.read_csv`.
    """
    del bounds
    table = read_csv(file, {"iris": IRIS} | COUNTS, text=("iris",), prefer="iris")
    if table.empty:
        raise BadInput(f"{file.path} has a header and no row: export it again from GEODIP.")
    table = _of_communes(file, table)
    table["iris"] = iris_codes(file, table["iris"])
    check_unique(file, table, "iris")
    check_counts(file, table, {tidy: names[0] for tidy, names in COUNTS.items()}, "iris")
    for tidy in ("energy_poor", "fuel_poor"):
        _check_share(file, table, tidy)
    return table


def _of_communes(file: SourceFile, table: pd.DataFrame) -> pd.DataFrame:
    codes = table["iris"].astype(str).str.strip()
    lost = codes.str.fullmatch(r"[1-9]\d{3}")
    if lost.any():
        codes = codes.mask(lost, "0" + codes)
        file.note("repaired", int(lost.sum()), "commune codes whose leading zero was lost")
    commune = codes.str.fullmatch(COMMUNE)
    divided = commune & codes.isin(codes[~commune].str.zfill(9).str[:5])
    if divided.any():
        file.note("rejected", int(divided.sum()), "totals of communes whose IRIS are there too")
    if (whole := commune & ~divided).any():
        file.note("repaired", int(whole.sum()), "communes read as their only IRIS")
    codes = codes.mask(whole, codes + "0000")
    return table.assign(iris=codes)[~divided].reset_index(drop=True)


def _check_share(file: SourceFile, table: pd.DataFrame, tidy: str) -> None:
    if tidy in table.attrs.get("absent", ()) or "onpe_households" in table.attrs.get("absent", ()):
        return
    name, households = COUNTS[tidy][0], table["onpe_households"]
    over = table[tidy] > households
    if over.any():
        row = table[over].iloc[0]
        raise BadInput(
            f"{file.path} has {row[tidy]:g} in column {name!r} for {row['iris']}, where "
            f"{row['onpe_households']:g} households live: numbers of households were expected; "
            "export them from GEODIP as numbers."
        )
    total = float(households.sum())
    if tidy == "energy_poor" and total > 0 and table[tidy].sum() < LOWEST_SHARE * total:
        raise BadInput(
            f"{file.path} has {table[tidy].sum() / total:.1%} of the households in column "
            f"{name!r}, where about 11% were expected: these look like percentages; export from "
            "GEODIP the number of households."
        )


SOURCES.add(
    Source(
        id="onpe_geodip_2021",
        dataset="onpe_geodip",
        label="GEODIP, précarité énergétique à l'IRIS (modèle)",
        producer="ONPE, Ademe, RARE",
        licence="Accès sur inscription, conditions de GEODIP",
        vintage="2021",
        page="https://geodip.onpe.org",
        url=None,
        format="csv",
        crs=None,
        scope="territory",
        read=read_energy_poverty,
        inside=everything,
    )
)
