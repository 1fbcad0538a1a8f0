"""Géorisques: orders that recognise a natural disaster (CatNat), from the GASPAR base."""

import json
import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from labo.errors import BadInput
from labo.official import Columns, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile

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
# The law on natural disasters is of 1982, but events before it were recognised.
FIRST_YEAR, LAST_YEAR = 1900, 2100
FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
COMMUNE = r"\d[\dAB]\d{3}"


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


def plain(text: object) -> str:
    """Return a text in lower case without accents or doubled spaces."""
    split = unicodedata.normalize("NFKD", str(text).lower())
    return " ".join("".join(c for c in split if not unicodedata.combining(c)).split())


def unmixed(file: SourceFile, values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Mend words of UTF-8 in a file that, as a whole, had to be read as Windows-1252."""

    def mend(value: object) -> object:
        try:
            return str(value).encode("cp1252").decode("utf-8") if isinstance(value, str) else value
        except UnicodeError:
            return value

    mended = values.map(mend)
    changed = mended.notna() & (mended != values)
    if changed.any():
        file.note("repaired", int(changed.sum()), "words in another encoding than their file")
    return mended


def communes(file: SourceFile, codes: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return INSEE codes, with the leading zero of departments 01 to 09 where it was lost.

    Raises:
        BadInput: something else than a code.
    """
    codes = codes.astype(object).map(lambda code: str(code).strip().upper())
    short = codes.str.fullmatch(r"[1-9]\d{3}").astype(bool)
    if short.any():
        file.note("repaired", int(short.sum()), "commune codes whose leading zero was lost")
        codes = codes.where(~short, "0" + codes)
    wrong = ~codes.str.fullmatch(COMMUNE).astype(bool)
    if wrong.any():
        raise BadInput(
            f"{file.path} has the commune {codes[wrong].iloc[0]!r} ({int(wrong.sum())} in all); "
            "expected INSEE codes of 5 characters, such as '49007'."
        )
    return codes


def dates(file: SourceFile, values: "pd.Series[Any]", official: str) -> "pd.Series[pd.Timestamp]":
    """Return days written 2024-12-31 (with or without a time) or 31/12/2024; empty is NaT.

    Raises:
        BadInput: another way of writing, or a day that does not exist.
    """
    # A national file repeats few days: each is read once.
    known = {text: _date(text) for text in values.dropna().unique()}
    if wrong := [text for text, day in known.items() if day is None]:
        raise BadInput(
            f"{file.path} has the date {str(wrong[0])!r} in column {official!r}; expected days "
            f"that exist, from {FIRST_YEAR} to {LAST_YEAR}, such as 2024-12-31 or 31/12/2024: "
            "correct the file or fetch it again."
        )
    return pd.to_datetime(values.map(known), format="%Y-%m-%d").astype("datetime64[s]")


def _date(text: object) -> str | float | None:
    words = str(text).strip()
    if not words:
        return np.nan
    if found := FRENCH_DATE.fullmatch(words):
        day, month, year = map(int, found.groups())
    elif found := ISO_DATE.fullmatch(words):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        stamp = pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return None
    return stamp.strftime("%Y-%m-%d") if FIRST_YEAR <= year <= LAST_YEAR else None


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
    )
)
