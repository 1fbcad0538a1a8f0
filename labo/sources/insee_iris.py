"""Insee's census by IRIS besides population: dwellings, who lives with whom, occupations.

Counts are weighted sums of a survey, hence their decimals. Columns that begin with C are of the
part of the questionnaires that is coded further (« exploitation complémentaire »): they are only
compared with other columns that begin with C.
"""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from labo.errors import BadInput
from labo.official import check_counts, check_unique, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything
from labo.spelling import IRIS

# Tidy name -> official name, by file. The names of 2021: those of overcrowding changed in 2022,
# with the definition.
DWELLINGS = {
    "main_residences": "P21_RP",
    "residences_with_car": "P21_RP_VOIT1P",
    "rated_residences": "C21_RP_HSTU1P",
    "overcrowded_residences": "C21_RP_HSTU1P_SUROCC",
}
FAMILIES = {
    "aged_55_79": "P21_POP5579",
    "aged_55_79_alone": "P21_POP5579_PSEUL",
    "aged_80_plus": "P21_POP80P",
    "aged_80_plus_alone": "P21_POP80P_PSEUL",
}
OCCUPATIONS = {
    "employed_15_64": "C21_ACTOCC1564",
    "employed_farmers": "C21_ACTOCC1564_CS1",
    "employed_workers": "C21_ACTOCC1564_CS6",
}


def iris_codes(file: SourceFile, codes: "pd.Series[str]") -> "pd.Series[str]":
    """Return IRIS codes of 9 characters, the lost leading zeros put back and told.

    Raises:
        BadInput: what is no IRIS code.
    """
    codes = codes.str.strip()
    # A spreadsheet eats the leading zero of departments 01 to 09.
    short = codes.str.fullmatch(r"[1-9]\d{7}").fillna(value=False).astype(bool)
    if short.any():
        codes = codes.mask(short, "0" + codes)
        file.note("repaired", int(short.sum()), "IRIS codes whose leading zero was lost")
    wrong = ~codes.str.fullmatch(IRIS).fillna(value=False).astype(bool)
    if wrong.any():
        raise BadInput(
            f"{file.path} has the IRIS {str(codes[wrong].iloc[0])!r}; expected codes of 9 "
            "characters, such as '490070101'."
        )
    return codes


def read_iris_counts(
    file: SourceFile, bounds: Bounds | None, *, official: Mapping[str, str]
) -> pd.DataFrame:
    """One row per IRIS: iris (9 characters), and the counts of `official` (tidy: official name).

    Raises:
        BadInput: not an IRIS code, an IRIS given twice, empty or negative counts, or see
            `labo.official.read_csv`.
    """
    del bounds
    columns = {"iris": ("IRIS",)} | {tidy: (name,) for tidy, name in official.items()}
    table = read_csv(file, columns, text=("iris",), prefer="base-ic")
    if table.empty:
        raise BadInput(f"{file.path} has a header and no row: fetch it again.")
    table["iris"] = iris_codes(file, table["iris"])
    check_unique(file, table, "iris")
    check_counts(file, table, official, "iris")
    return table


_FILES = (
    ("logement", "logement", "8268838", "base-ic-logement-2021_csv.zip", DWELLINGS),
    (
        "couples",
        "couples, familles, ménages",
        "8268828",
        "base-ic-couples-familles-menages-2021_csv.zip",
        FAMILIES,
    ),
    (
        "activite",
        "activité des résidents",
        "8268843",
        "base-ic-activite-residents-2021_csv.zip",
        OCCUPATIONS,
    ),
)
for _name, _theme, _page, _file, _official in _FILES:
    SOURCES.add(
        Source(
            id=f"insee_rp_iris_{_name}_2021",
            dataset=f"insee_rp_iris_{_name}",
            label=f"Recensement 2021 à l'IRIS, {_theme}",
            producer="Insee",
            licence="Licence Ouverte 2.0",
            vintage="2021",
            page=f"https://www.insee.fr/fr/statistiques/{_page}",
            url=f"https://www.insee.fr/fr/statistiques/fichier/{_page}/{_file}",
            format="csv",
            crs=None,
            scope="national",
            read=partial(read_iris_counts, official=_official),
            inside=everything,
        )
    )
