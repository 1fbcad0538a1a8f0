"""Strategic noise maps (directive 2002/49/CE), in the COVADIS standard "Bruit"."""

import geopandas as gpd
import pandas as pd

from labo.errors import BadInput
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.sources.georisques import read_members

EMITTERS = {"R": "road", "F": "rail", "I": "industry", "A": "air"}


def read_noise(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per area of a Lden map: emitter, lower (dB), limit (bool), geometry (EPSG:2154).

    `emitter` is road, rail, industry, air or other. `lower` is the lower bound of the class, in
    dB(A). `limit` tells the areas of a "type C" map, where the limit of the emitter is exceeded
    (Lden 68 dB(A) for roads, 73 for ordinary railways): a class of 5 dB cannot tell it. Maps of the
    night (Ln) and areas below 55 dB(A) are left out.

    Raises:
        BadInput: a class without its level, no Lden map, or see `read_members`.
    """
    table = read_members(
        file,
        {
            "emitter": ("TYPESOURCE",),
            "kind": ("CBSTYPE",),
            "index": ("INDICETYPE",),
            "legend": ("LEGENDE", "CATEGORY"),
        },
        bounds,
        text=("emitter", "kind", "index", "legend"),
        named=r"bruit_zbr.*_[ac]_ld",
    )
    words = {
        name: table[name].astype("string").fillna("").str.strip()
        for name in ("emitter", "kind", "index", "legend")
    }
    day = words["index"].str.upper().isin(["LD", "LDEN"])
    if len(table) and not day.any():
        raise BadInput(
            f"{file.path} has {words['index'].iloc[0]!r} in column 'INDICETYPE' and no LD: it is a "
            "map of the night; give the Lden map."
        )
    limit = words["kind"].str.upper() == "C"
    # "Lden5559", "55-60", "Lden 55 à 60" and "LdenGreaterThan75" all begin with the lower bound.
    lower = pd.to_numeric(words["legend"].str.extract(r"(\d{2})", expand=False)).astype(float)
    below = words["legend"].str.contains("smaller|<", case=False, regex=True)
    unread = day & ~limit & ~below & lower.isna()
    if unread.any():
        raise BadInput(
            f"{file.path} has {words['legend'][unread].iloc[0]!r} in column 'LEGENDE' "
            f"({int(unread.sum())} areas), where a class of noise such as Lden5559 or 55-60 was "
            "expected: correct the file or fetch it again."
        )
    table["emitter"] = words["emitter"].str[:1].str.upper().map(EMITTERS).fillna("other")
    table["lower"] = lower.astype(float)
    table["limit"] = limit.astype(bool)
    kept = day & (limit | (~below & (lower >= 55)))
    columns = ["emitter", "lower", "limit", "geometry"]
    return table.loc[kept.astype(bool), columns].reset_index(drop=True)


SOURCES.add(
    Source(
        id="cerema_cbs_2022",
        dataset="cbs_bruit",
        label="Cartes de bruit stratégiques des grands axes (4e échéance)",
        producer="Cerema, DDT(M)",
        licence="Licence Ouverte 2.0",
        vintage="2022",
        page="https://www.data.gouv.fr/fr/datasets/67ed4eea6f9ca69ddb4ed961/",
        # One archive per department.
        url=None,
        format="zip",
        crs="EPSG:2154",
        scope="territory",
        local_holder="la DDT(M)",
        read=read_noise,
    )
)
