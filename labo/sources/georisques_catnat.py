"""Géorisques: orders that recognise a natural disaster (CatNat), from the GASPAR base."""

import json
import re

import pandas as pd

from labo.errors import BadInput
from labo.official import Columns, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.spelling import communes, dates, plain, unmixed

PAGE = (
    "https://www.data.gouv.fr/fr/datasets/base-nationale-de-gestion-assistee-des-procedures-"
    "administratives-relatives-aux-risques-gaspar/"
)
# The bulk file, and the API, call the same things by other names.
BULK: Columns = {
    "order": ("cod_nat_catnat",),
    "commune": ("cod_commune",),
    "commune_name": ("lib_commune",),
    "risk": ("lib_risque_jo",),
    "begin": ("dat_deb",),
    "end": ("dat_fin",),
    "published": ("dat_pub_arrete",),
}
API = {
    "order": "code_national_catnat",
    "commune": "code_insee",
    "commune_name": "libelle_commune",
    "risk": "libelle_risque_jo",
    "begin": "date_debut_evt",
    "end": "date_fin_evt",
    "published": "date_publication_arrete",
}
TIDY = ["order", "commune", "commune_name", "hazard", "risk", "begin", "end", "published"]
# The hazard that an order names first, in the order in which the words are tried. Ground that moves
# because clay dries is drought; flooding by waves is submersion.
HAZARDS = {
    "drought": r"secheresse|rehydratation",
    "submersion": r"^(chocs? mecanique|action des vagues|submersion|raz de maree)"
    r"|^inondations? par (une )?(chocs? mecanique|submersion)",
    "flood": r"^(inondation|crue|remontee|coulee|ruissellement|lave torrentielle)",
    "landslide": r"^(mouvement|glissement|eboulement|effondrement|affaissement)",
    "storm": r"^(tempete|vent|cyclone|ouragan|grele)",
}


def read_catnat(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per order and commune, from the bulk CSV or from pages of the API (JSON).

    Columns: order, commune (INSEE code), commune_name, hazard (drought, submersion, flood,
    landslide, storm or other), risk (the order's own words), begin, end (days of the event),
    published (day of the order). An order measures a recognition, not the hazard itself.

    An answer of the API without any byte is no answer: the table is then empty with a notice, which
    is not the same as a commune without orders (`data` empty and `results` 0).

    Raises:
        BadInput: no row in the bulk file, a page of the API missing, codes or dates that cannot be,
            or see `labo.official.read_csv`.
    """
    del bounds
    if file.path.suffix.lower() == ".json":
        table = _api(file)
    else:
        table = read_csv(file, BULK, text=tuple(BULK))
        if table.empty:
            raise BadInput(
                f"{file.path} has a header and no order under it: it was cut; fetch it again from "
                f"{file.source.page}."
            )
    for name in ("commune_name", "risk"):
        table[name] = unmixed(file, table[name])
    table["commune"] = communes(file, table["commune"])
    for name in ("begin", "end", "published"):
        table[name] = dates(file, table[name], BULK[name][0])
    backwards = table["end"] < table["begin"]
    if backwards.any():
        file.note("rejected", int(backwards.sum()), "orders whose event ends before it begins")
        table = table[~backwards]
    table["hazard"] = [hazard(risk) for risk in table["risk"]]
    return table.drop_duplicates()[TIDY].reset_index(drop=True)


def hazard(risk: object) -> str:
    """Return the hazard of an order's words (lib_risque_jo), "other" where none is known.

    >>> hazard("Mouvements de terrain consécutifs à la sécheresse")
    'drought'
    """
    words = plain(risk)
    return next((name for name, pattern in HAZARDS.items() if re.search(pattern, words)), "other")


def _api(file: SourceFile) -> pd.DataFrame:
    """Return the orders of a page of the API, or of a list of all its pages."""
    empty = pd.DataFrame(columns=list(API), dtype=object)
    content = file.path.read_bytes().strip()
    if not content:
        file.note("missing", 1, "answer without content: nothing is known, not even that 0 orders")
        return empty
    try:
        pages = json.loads(content.decode("utf-8-sig"))
        pages = pages if isinstance(pages, list) else [pages]
        found = {int(page.get("page", 1)) for page in pages}
        expected = max((int(page.get("total_pages", 1)) for page in pages), default=0)
        rows = [row for page in pages for row in page["data"]]
        table = pd.DataFrame([{name: row[key] for name, key in API.items()} for row in rows])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{file.path} is not an answer of gaspar/catnat ({error!r}); expected page, "
            f"total_pages and data with {', '.join(API.values())}: ask the API again."
        ) from error
    if lacking := sorted(set(range(1, expected + 1)) - found):
        raise BadInput(
            f"{file.path} lacks page {lacking[0]} of {expected}: bring every page into one JSON "
            "list, or take the bulk file."
        )
    return table if rows else empty


SOURCES.add(
    Source(
        id="georisques_catnat_2026",
        dataset="catnat",
        label="Arrêtés de catastrophe naturelle (base GASPAR)",
        producer="DGPR, Géorisques",
        licence="Licence Ouverte 2.0",
        vintage="2026",
        page=PAGE,
        url=None,
        format="csv",
        crs=None,
        scope="national",
        read=read_catnat,
        inside=everything,
    )
)
