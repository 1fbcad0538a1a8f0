"""Agence nationale pour la rénovation urbaine: the programmes that neighbourhoods are in."""

import pandas as pd

from labo.errors import BadInput
from labo.official import check_unique, read_csv
from labo.source import SOURCES, Bounds, Source, SourceFile, everything

# Column and the words it may hold; an empty cell says that it is not known.
WORDS = {"npnru": ("national", "regional"), "quartiers_resilients": ("oui", "non")}


def read_programmes(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per QPV of the 2024 generation: code, npnru, quartier_resilient (texts).

    ANRU publishes lists of names, and no file that joins them to codes of QPVs: this format is
    ours, filled in by hand from ANRU's lists. It is a CSV with `;`:

        code_qp;npnru;quartiers_resilients
        QN04901M;national;oui

    npnru is national or regional (project of national or regional interest of the NPNRU),
    quartiers_resilients is oui or non (chosen for the programme of that name); either is empty
    where it is not known. A QPV that has no row is not known either.

    Raises:
        BadInput: another word, a code of another generation or given twice, or see
            `labo.official.read_csv`.
    """
    del bounds
    columns = {
        "code": ("code_qp",),
        "npnru": ("npnru",),
        "quartier_resilient": ("quartiers_resilients",),
    }
    table = read_csv(file, columns, text=tuple(columns))
    for name in columns:
        table[name] = table[name].fillna("").astype(str).str.strip()
    foreign = table.loc[~table["code"].str.startswith("QN"), "code"]
    if len(foreign):
        raise BadInput(
            f"{file.path} holds the QPV {foreign.iloc[0]!r}; expected codes of the 2024 "
            "generation, such as 'QN04901M'."
        )
    check_unique(file, table, "code")
    for tidy, (official, words) in zip(("npnru", "quartier_resilient"), WORDS.items(), strict=True):
        table[tidy] = table[tidy].str.lower()
        wrong = ~table[tidy].isin([*words, ""])
        if wrong.any():
            row = table[wrong].iloc[0]
            raise BadInput(
                f"{file.path} has {row[tidy]!r} in column {official!r} for {row['code']}; expected "
                f"{' or '.join(words)}, or nothing where it is not known."
            )
    return table


SOURCES.add(
    Source(
        id="anru_programmes_2024",
        dataset="anru_programmes",
        label="Programmes de renouvellement urbain des QPV de 2024 (NPNRU, Quartiers résilients)",
        producer="ANRU",
        licence="non précisée (à vérifier)",
        vintage="2024",
        page="https://www.anru.fr",
        url=None,
        format="csv",
        crs=None,
        scope="national",
        read=read_programmes,
        inside=everything,
    )
)
