"""What `labo index` says of an index, in French: profile, ranks or gaps, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labo.cli.output import print_table, say, say_folded
from labo.index_words import COMPONENTS, passing, percent, signed, span, whole
from labo.words import MINUS, NOTHING

if TYPE_CHECKING:
    from labo.index import Sensitivity
    from labo.index_data import Known
    from labo.vocabulary import Vocabulary

Row = dict[str, Any]

FEW = (
    "Moins de 8 QPV avec un score : pas de classement, mais l'écart de chacun à l'agglomération "
    "et aux autres QPV."
)


def change(row: Row, words: dict[str, str]) -> str:
    """Return which weights change the class of a neighbourhood."""
    if row["class"] is None:
        return "pas de score"
    if row["never_changes"]:
        return "jamais"
    return passing(row, words)


def _of(row: Row, component: str) -> list[Row]:
    return [z for z in row["zones"] if z["component"] == component]


def say_list(rows: list[Row]) -> None:
    """Print a line per index: what is there, and who stays among the most exposed."""
    first = rows[0]
    say_folded(f"{first['territory']}, QPV de génération {' et '.join(first['generations'])}")
    say("")
    lines = []
    for row in rows:
        least = min((z["availability"] for z in _of(row, "index")), default=0.0)
        names = {z["zone"]: z["name"] for z in row["zones"]}
        core = ", ".join(names[zone] for zone in row["core"]) or "aucun"
        lines.append(
            [
                row["index"],
                row["label"],
                percent(least),
                core if row["ranked"] else "pas de classement",
            ]
        )
    columns = ("indice", "", "présent", "plus exposés, 9 fois sur 10")
    print_table(columns, lines, ("présent",), ("indice",))
    say("")
    say_folded(
        "« Présent » : part du poids des indicateurs qui est là dans tous les QPV. « 9 fois sur "
        "10 » : parmi les plus exposés dans 9 calculs sur 10, données et choix de méthode variant."
    )


def say_index(row: Row, *, weighted: bool) -> None:
    """Print an index: the profile before any rank."""
    say_folded(
        f"{row['label']} ({row['index']}) : {row['territory']}, {row['qpvs']} QPV de génération "
        f"{' et '.join(row['generations'])}"
    )
    say_folded(row["question"])
    if weighted:
        say_folded("Avec les poids proposés, et non ceux qui sont déclarés.")
    _say_profile(row)
    if row["ranked"]:
        _say_ranks(row)
    else:
        _say_gaps(row)
    for z in _of(row, "index"):
        if z["reason"]:
            say_folded(f"Pas de score pour {z['name']} : {z['reason']}.", "  ")
    _say_absent(row)
    say("", "À savoir")
    for limit in row["limits"]:
        say_folded(f"  {limit}", "  ")


def _say_profile(row: Row) -> None:
    whom = "QPV" if row["ranked"] else "quartiers et communes de l'agglomération"
    say("")
    say_folded(f"Le profil d'abord : de 0 à 100, du moins au plus vulnérable des {whom}")
    components = list(dict.fromkeys(z["component"] for z in row["zones"]))
    components = [c for c in COMPONENTS if c in components and c != "index"]
    by = {(z["zone"], z["component"]): z for z in row["zones"]}
    lines = [
        [
            z["name"],
            *(
                f"{whole(v['central'])} ({span(v['low'], v['high'])})"
                if v["central"] is not None
                else NOTHING
                for v in (by[z["zone"], c] for c in components)
            ),
        ]
        for z in _of(row, "index")
    ]
    titles = tuple(COMPONENTS[c] for c in components)
    print_table(("quartier", *titles), lines, ("",))
    beside = [x["label"] for x in row["profile"]]
    say_folded(f"À lire à côté, hors du score (labo show) : {' ; '.join(beside)}.")


def _say_ranks(row: Row) -> None:
    say("", "Rangs : 1 est le plus exposé ; intervalles à 90 %")
    scored = [z for z in _of(row, "index") if z["rank"] is not None]
    lines = [
        [
            z["name"],
            f"{whole(z['rank'])} ({span(z['rank_low'], z['rank_high'])})",
            span(z["rank_method_low"], z["rank_method_high"]),
            percent(z["p_class_1"]),
            f"{signed(z['gap_epci'])} ({_ends(z, 'epci')})",
        ]
        for z in sorted(scored, key=lambda z: z["rank"])
    ]
    columns = ("quartier", "rang (données)", "méthode", "parmi les + exposés", "écart à l'agglo.")
    print_table(columns, lines, columns[1:])
    names = {z["zone"]: z["name"] for z in row["zones"]}
    core = ", ".join(names[zone] for zone in row["core"])
    say_folded(
        f"Parmi les plus exposés dans 9 calculs sur 10 : {core}."
        if core
        else "Aucun quartier n'est parmi les plus exposés dans 9 calculs sur 10."
    )
    couples = len(scored) * (len(scored) - 1) // 2
    say_folded(f"On ne peut pas départager {len(row['pairs'])} paires de quartiers sur {couples} :")
    for zone, name in names.items():
        others = [names[p["other"]] for p in row["pairs"] if p["one"] == zone]
        if others:
            say_folded(f"  {name} et : {', '.join(others)}", "    ")


def _ends(z: Row, of: str) -> str:
    return f"{signed(z[f'gap_{of}_low'])} à {signed(z[f'gap_{of}_high'])}"


def _sure(z: Row, of: str) -> str:
    low, high = z[f"gap_{of}_low"], z[f"gap_{of}_high"]
    if low is None:
        return NOTHING
    return "assez sûr" if low > 0 or high < 0 else "non distinguable"


def _say_gaps(row: Row) -> None:
    say("")
    say_folded(FEW)
    say("")
    lines = [
        [
            z["name"],
            f"{whole(z['central'])} ({span(z['low'], z['high'])})",
            f"{signed(z['gap_epci'])} ({_ends(z, 'epci')})",
            _sure(z, "epci"),
            NOTHING
            if z["gap_peers"] is None
            else f"{signed(z['gap_peers'])} ({_ends(z, 'peers')})",
        ]
        for z in _of(row, "index")
    ]
    columns = ("quartier", "score", "écart à l'agglo.", "", "écart aux autres QPV")
    print_table(columns, lines, ("score",))
    say_folded("Un écart positif : plus vulnérable. Intervalles à 90 %, des données seulement.")


def _say_absent(row: Row) -> None:
    if row["missing"]:
        say("", "Ce qui manque")
    for m in row["missing"]:
        say_folded(f"  {m['label']} ({percent(m['weight'])} du poids) : {m['reason']}.", "    ")
    if row["constant"]:
        same = ", ".join(x["label"] for x in row["constant"])
        say_folded(f"La même valeur dans tous les QPV, ne départage personne : {same}.")


def say_sensitivity(orders: Sensitivity) -> None:
    """Print which choice drives the ranking: the sentence, then the orders by factor."""
    from labo.index.sensitivity import FRENCH

    say("", "Ce qui fait le classement")
    say_folded(orders.sentence())
    table = orders.indices.sort_values("total", ascending=False)
    lines = [
        [
            FRENCH[str(factor)],
            *(
                f"{percent(max(x[order], 0.0))} "
                f"({span(100 * max(x[f'{order}_low'], 0.0), 100 * x[f'{order}_high'])})"
                for order in ("first", "total")
            ),
        ]
        for factor, x in table.to_dict("index").items()
    ]
    columns = ("choix", "seul", "avec les autres")
    print_table(columns, lines, columns[1:])


def say_reading(known: Known, row: Row, reading: Vocabulary) -> None:
    """Print the components in the words of the IPCC or of TACCT."""
    import numpy as np

    from labo.vocabulary import CLASS_WORDS, TITLES, WORDS, ar6, tacct

    weights = dict(zip(known.tree.nodes, known.tree.weights.tolist(), strict=True))
    scores = {
        c: np.array([np.nan if z["central"] is None else z["central"] for z in _of(row, c)])
        for c in known.tree.components
    }
    names = [z["name"] for z in _of(row, "index")]
    say("", TITLES[reading])
    if reading == "ar6":
        read = ar6(scores, weights)
        rows = [
            [name, *(_number(part[i]) for part in read.parts.values())]
            for i, name in enumerate(names)
        ]
        print_table(("quartier", *read.parts), rows, tuple(read.parts))
    else:
        notes = tacct(scores, weights)
        rows = [
            [
                name,
                *(_number(part[i]) for part in notes[:3]),
                CLASS_WORDS[int(notes.classed[i]) - 1] if notes.classed[i] > 0 else NOTHING,
            ]
            for i, name in enumerate(names)
        ]
        columns = ("quartier", "exposition", "sensibilité", "produit", "classe")
        print_table(columns, rows, columns[1:4])
        if "hazard" not in scores:
            say_folded(
                "Aucun aléa n'est connu à l'échelle du quartier : la note d'exposition se discute "
                "pour toute l'agglomération."
            )
        say_folded("Notes de 1 à 4 proposées d'après les scores : à discuter, pas à recopier.")
    for component in known.tree.components:
        say_folded(f"  {COMPONENTS[component]} = {WORDS[reading][component]}", "    ")


def _number(value: float) -> str:
    return NOTHING if value != value else f"{value:.0f}"


def two(value: float) -> str:
    """Return a number with two decimals."""
    return f"{value:.2f}".replace(".", ",").replace("-", MINUS)
