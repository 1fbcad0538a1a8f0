"""Water by commune: quality of rivers and of bathing waters, restrictions of its use."""

import unicodedata

import numpy as np
import pandas as pd

from labo.errors import BadInput
from labo.official import read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.sources.vigieau import PAGE, read_restrictions
from labo.spelling import unmixed

# Classes of the water framework directive, best first; U and 0 are "not determined".
RIVER_CLASSES = {
    "tres bon": 1.0, "bon": 2.0, "moyen": 3.0, "mediocre": 4.0, "mauvais": 5.0,
    "1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0, "5": 5.0,
    "": np.nan, "u": np.nan, "0": np.nan, "indetermine": np.nan, "inconnu": np.nan,
}  # fmt: skip
# Classes of the directive 2006/7/CE, best first; the others have too few samples, or changed.
BATHING_CLASSES = {
    "excellente": 1.0, "excellent": 1.0, "bonne": 2.0, "bon": 2.0, "suffisante": 3.0,
    "suffisant": 3.0, "insuffisante": 4.0, "insuffisant": 4.0,
    "1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0,
    "": np.nan, "0": np.nan, "non classe": np.nan, "nouveau": np.nan, "modifie": np.nan,
    "insuffisamment de prelevements": np.nan, "pas de classement": np.nan,
}  # fmt: skip


def read_rivers(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per body of water and commune: commune, body, state (1 very good to 5 bad, NaN).

    Raises:
        BadInput: an unknown class, no row, or see `labo.official.read_csv`.
    """
    del bounds
    table = read_csv(
        file,
        {
            "commune": ("code_commune", "insee_com", "cd_commune"),
            "body": ("cd_masse_eau", "code_masse_eau", "eu_cd"),
            "state": ("etat_ecologique", "etat_eco"),
        },
        text=("commune", "body", "state"),
    )
    table["state"] = _classes(file, table["state"], RIVER_CLASSES, "etat_ecologique")
    return _with_communes(file, table, "bodies of water")


def read_bathing(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per bathing site: site, commune, class (1 excellent to 4 insufficient, NaN).

    The ministry gives the list of sites and their classes in two tables; the file is a ZIP of both
    (their names hold "liste" and "caracteristiques"), or one table with both.

    Raises:
        BadInput: an unknown class, no row, or see `labo.official.read_csv`.
    """
    del bounds
    site = ("Code unique d'identification du site de baignade", "code_site")
    commune = ("Code INSEE de la commune", "code_commune")
    label = ("Classement", "Classement UE", "Classement du site de baignade")
    if file.path.suffix.lower() == ".zip":
        listed = read_csv(
            file, {"site": site, "commune": commune}, text=("site", "commune"), prefer="liste"
        )
        classed = read_csv(
            file, {"site": site, "class": label}, text=("site", "class"), prefer="caracteristiques"
        )
        table = listed.merge(classed.drop_duplicates("site"), on="site", how="left")
    else:
        table = read_csv(
            file,
            {"site": site, "commune": commune, "class": label},
            text=("site", "commune", "class"),
        )
    table["class"] = _classes(file, table["class"], BATHING_CLASSES, label[0])
    return _with_communes(file, table, "bathing sites")


def read_restrictions_by_commune(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per order, zone of alert and commune: commune, level (0 to 3), begin, end, order.

    `end` is NaT while the order is in force. Zones that the file does not describe by their
    communes are left out and told: of them, nothing is known here.

    Raises:
        BadInput: no zone is described by its communes, or see
            `labo.sources.vigieau.read_restrictions`.
    """
    zones = read_restrictions(file, bounds)
    described = zones["communes"] != ""
    if not described.any():
        raise BadInput(
            f"{file.path} describes none of its {len(zones)} zones of alert by their communes "
            "(column zones_alerte.communes): take the export of 2024 or later, or draw the zones "
            "over the communes first."
        )
    if not described.all():
        file.note(
            "missing",
            int((~described).sum()),
            "orders on zones of alert without a list of communes: their days are not counted",
        )
    table = zones[described].copy()
    table["commune"] = table["communes"].str.split(",")
    columns = ["commune", "level", "begin", "end", "order"]
    return table.explode("commune")[columns].reset_index(drop=True)


def _classes(
    file: SourceFile, values: "pd.Series[str]", known: dict[str, float], column: str
) -> "pd.Series[float]":
    """Return the numbers of classes written as words or digits, accents and case aside.

    Raises:
        BadInput: a word that is no class.
    """
    values = unmixed(file, values)
    plain = values.map(
        lambda x: (
            ""
            if pd.isna(x)
            else unicodedata.normalize("NFD", str(x)).encode("ascii", "ignore").decode()
        )
    ).astype(str)
    plain = plain.str.strip().str.lower().str.removesuffix(".0")
    odd = ~plain.isin(list(known))
    if odd.any():
        raise BadInput(
            f"{file.path} has {str(values[odd].iloc[0])!r} in column {column!r} "
            f"({int(odd.sum())} rows), expected one of "
            f"{', '.join(name for name in known if name)}: correct the file or fetch it again."
        )
    return plain.map(known).astype(float)


def _with_communes(file: SourceFile, table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Repair the codes that lost their zero, and leave out the rows that have none.

    Raises:
        BadInput: the file has no row.
    """
    if table.empty:
        raise BadInput(f"{file.path} has no row below its header: fetch it again.")
    codes = table["commune"].astype("string").fillna("").str.strip()
    lost = codes.str.fullmatch(r"\d{4}")
    if lost.any():
        codes = codes.mask(lost, codes.str.zfill(5))
        file.note(
            "repaired",
            int(lost.sum()),
            f"INSEE codes that had lost their leading zero, {codes[lost].iloc[0]} first",
        )
    right = codes.str.fullmatch(r"[0-9][0-9A-Z][0-9]{3}")
    if not right.all():
        file.note(
            "rejected",
            int((~right).sum()),
            f"{what} whose commune {str(codes[~right].iloc[0])!r} is no INSEE code",
        )
    table["commune"] = codes.astype(str)
    return table[right.astype(bool)].reset_index(drop=True)


SOURCES.add(
    Source(
        id="eaufrance_etat_rivieres_2022",
        dataset="eaufrance_etat_rivieres",
        label="État écologique des cours d'eau, rapporté aux communes qu'ils traversent",
        producer="Agences de l'eau, OFB",
        licence="Licence Ouverte 2.0",
        vintage="2022",
        page="https://www.eaufrance.fr/les-donnees-sur-leau",
        url=None,
        format="csv",
        crs=None,
        scope="national",
        read=read_rivers,
        inside=everything,
    )
)
SOURCES.add(
    Source(
        id="sante_baignade_2024",
        dataset="sante_baignade",
        label="Sites de baignade et leur classement, saison 2024",
        producer="Ministère chargé de la santé, ARS",
        licence="Licence Ouverte 2.0",
        vintage="2024",
        page=(
            "https://www.data.gouv.fr/fr/datasets/donnees-de-rapportage-de-la-saison-balneaire-1/"
        ),
        # Two tables of the same page, brought together in a ZIP.
        url=None,
        format="zip",
        crs=None,
        scope="national",
        read=read_bathing,
        inside=everything,
    )
)
SOURCES.add(
    Source(
        id="vigieau_communes_2026",
        dataset="water_restrictions_communes",
        label="Arrêtés de restriction d’eau (VigiEau), rapportés aux communes",
        producer="Ministère de la Transition écologique, VigiEau",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page=PAGE,
        # The file of `vigieau_2026`: a mirror names it for both.
        url="https://www.data.gouv.fr/fr/datasets/r/f425cfa6-ccd1-438e-bb03-9d90ab527851",
        format="csv",
        crs=None,
        scope="national",
        read=read_restrictions_by_commune,
        inside=everything,
    )
)
