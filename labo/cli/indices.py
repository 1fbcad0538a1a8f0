"""`labo index`, `labo weights`, `labo voi`: an index that can be argued with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labo.cli import app
from labo.cli.index_text import (
    change,
    say_index,
    say_list,
    say_reading,
    say_sensitivity,
    two,
)
from labo.cli.output import print_json, print_table, records, say, say_folded, tell
from labo.index_words import COMPONENTS, ELSEWHERE, HERE, STATES, first_to_ask, one, percent, whole
from labo.words import NOTHING

if TYPE_CHECKING:
    import pandas as pd

    from labo.composite import Composite
    from labo.index_data import Known
    from labo.release import Release

Row = dict[str, Any]

Folder = Annotated[Path, typer.Argument(metavar="RELEASE")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON array.")]


class Words(StrEnum):
    """In whose words components are read."""

    AR6 = "ar6"
    TACCT = "tacct"


class Over(StrEnum):
    """What weights are tried on."""

    COMPONENTS = "components"
    INDICATORS = "indicators"


@app.command("index")
def index(
    folder: Folder,
    name: Annotated[
        str | None, typer.Argument(metavar="INDEX", help="Id of an index; all if not given.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="TOML file: tables [components] and [indicators], a weight by id."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="CSV (zone, score) of another index, to compare with.")
    ] = None,
    lowest_first: Annotated[
        bool, typer.Option("--lowest-first", help="Low scores of the other are the vulnerable.")
    ] = False,
    reading: Annotated[
        Words | None, typer.Option(help="Read components in the words of the IPCC or of TACCT.")
    ] = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Say which choice drives the ranking (Sobol).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say who an index finds most exposed, how surely.

    The profile first; then ranks with the interval of the data and that of the method, from eight
    neighbourhoods on. Below, the gap to the agglomeration and to the others.
    """
    from labo import release
    from labo.composite import find
    from labo.errors import BadInput
    from labo.index_data import composites_of
    from labo.scores import drivers

    found = release.read(folder)
    known_indices = composites_of(found.catalogue)
    if name is None:
        if weights or against or reading or lowest_first or sensitivity:
            raise BadInput(
                "--weights, --against, --reading and --sensitivity are about one index: give INDEX."
            )
        rows = [_described(found, _known(found, x)) for x in known_indices]
        if as_json:
            print_json(rows)
        else:
            say_list(rows)
            say("", f"Tout sur un indice : labo index {folder} {rows[0]['index']}")
        return
    known = _known(found, find(name, known_indices))
    if weights is not None:
        known = _reweighted(known, weights)
    if against is not None:
        _compare(found, known, against, lowest_first=lowest_first, as_json=as_json)
        return
    row = _described(found, known)
    orders = drivers(known, seed=_seed(found)) if sensitivity else None
    if as_json:
        if orders is not None:
            table = records(orders.indices.reset_index(names="factor"))
            row["sensitivity"] = {"sentence": orders.sentence(), "factors": table}
        print_json([row])
        return
    say_index(row, weighted=weights is not None)
    if orders is not None:
        say_sensitivity(orders)
    if reading is not None:
        say_reading(known, row, reading.value)


@app.command("weights")
def weights_(
    folder: Folder,
    name: Annotated[str, typer.Argument(metavar="INDEX", help="Id of an index.")],
    over: Annotated[Over, typer.Option(help="Weigh components, or all indicators.")] = (
        Over.COMPONENTS
    ),
    as_json: Json = False,
) -> None:
    """Say which neighbourhoods change class with the weights.

    Every weighting of a grid is tried; some neighbourhoods never change.
    """
    from labo import release
    from labo.composite import find
    from labo.index_data import composites_of
    from labo.scores import try_weights

    found = release.read(folder)
    known = _known(found, find(name, composites_of(found.catalogue)))
    scan = try_weights(known, over.value)
    names = _names(found)
    table = scan.table().reset_index(names="zone")
    rows = [
        {
            "index": known.composite.id,
            "name": names[row["zone"]],
            **row,
            "weightings": len(scan.weights),
        }
        for row in records(table)
    ]
    if as_json:
        print_json(rows)
        return
    words = COMPONENTS | _labels(found)
    say_folded(f"{known.composite.label} : que changent les poids ?")
    never = [r for r in rows if r["never_changes"]]
    top = [r["name"] for r in never if r["class"] == 1]
    say_folded(
        f"{len(rows)} QPV, {len(scan.weights)} pondérations essayées : "
        f"{len(never)} QPV ne changent jamais de classe"
        + (f", dont toujours parmi les plus exposés : {', '.join(top)}." if top else ".")
    )
    say("")
    lines = [
        [
            r["name"],
            whole(r["class"]),
            f"{whole(r['rank_best'])}–{whole(r['rank_worst'])}",
            change(r, words),
        ]
        for r in sorted(rows, key=lambda r: (r["class"] is None, r["class"], r["rank_best"]))
    ]
    print_table(("quartier", "classe", "rangs", "change de classe si…"), lines, ("classe", "rangs"))
    say("")
    say_folded(
        "Classe 1 : le quart le plus exposé. « Rangs » : du meilleur au moins bon rang que donne "
        "une pondération ; la précision des données n'y est pas comptée (labo index)."
    )


@app.command("voi")
def voi(
    folder: Folder,
    name: Annotated[str, typer.Argument(metavar="INDEX", help="Id of an index.")],
    as_json: Json = False,
) -> None:
    """Say which missing data would most reduce doubt.

    Each dataset that is absent, partial or imputed is held as if it were known exactly.
    """
    from labo import release
    from labo.composite import find
    from labo.data_clause import worth
    from labo.index_data import composites_of

    found = release.read(folder)
    known = _known(found, find(name, composites_of(found.catalogue)))
    rows = records(worth(known, found.catalogue, found.manifest, found.values, _seed(found)))
    if as_json:
        print_json([{"index": known.composite.id, **row} for row in rows])
        return
    say_folded(f"{known.composite.label} : quelle donnée demander d'abord ?")
    say_folded(first_to_ask(rows))
    for title, here in ((HERE, True), (ELSEWHERE, False)):
        if lines := [_told_of(r) for r in rows if bool(r["holder"]) == here]:
            say("", f"{title} :")
            columns = ("donnée", "état", "imputé", "rangs", "paires")
            print_table(columns, lines, columns[2:])
    say("")
    say_folded(
        "« Rangs » : ce que perdrait la largeur moyenne des intervalles de rang ; « paires » : "
        "celles que l'on départagerait. Les gains ne s'ajoutent pas, et de petites différences "
        "entre deux lignes ne veulent rien dire."
    )
    if any(r["state"] == "absent" for r in rows):
        say_folded(
            "D'une donnée absente, on ne sait rien ici : tous les ordres des quartiers sont tenus "
            "pour également possibles. C'est donc le plus qu'elle pourrait apporter."
        )


def _told_of(row: Row) -> list[str]:
    return [
        f"{row['label']} ({row['holder'] or row['producer']})",
        STATES[row["state"]],
        percent(row["imputed"]) if row["imputed"] else NOTHING,
        one(row["width_less"]),
        one(row["pairs_less"]),
    ]


# What is known


def _seed(found: Release) -> int:
    return int(found.manifest["seed"])


def _known(found: Release, composite: Composite) -> Known:
    from labo.index_data import directions_of, draws_of, known

    names = set(composite.indicators)
    draws = found.draws
    kept = draws[draws["indicator"].isin(names)]
    directions = directions_of(found.catalogue)
    return known(composite, directions, found.values, draws_of(kept), found.places)


def _names(found: Release) -> dict[str, str]:
    places = found.places
    return {
        str(z): str(n).removesuffix(" (fictif)")
        for z, n in zip(places["zone"], places["name"], strict=True)
    }


def _labels(found: Release) -> dict[str, str]:
    return {x["id"]: x["label"] for x in found.catalogue["indicators"]}


def _reweighted(known: Known, path: Path) -> Known:
    import tomllib

    from labo.errors import BadInput, MissingFile
    from labo.index_data import reweighted

    if not path.is_file():
        raise MissingFile(f"There is no file {str(path)!r} to read weights from.")
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{str(path)!r} is no TOML file ({error}).") from error
    if not any(given.values()):
        raise BadInput(
            f"{path.name!r} holds no weight: write tables [components] or [indicators], with a "
            "weight by id."
        )
    allowed = {"components": known.tree.components, "indicators": known.tree.leaves}
    for section, weights in given.items():
        if section not in allowed or not isinstance(weights, dict):
            raise BadInput(f"{section!r} in {path.name!r}: tables are [components], [indicators].")
        for name, weight in weights.items():
            if name not in allowed[section]:
                raise BadInput(
                    f"{name!r} is not in [{section}] of {known.composite.id!r}; there are "
                    f"{', '.join(allowed[section])}."
                )
            if isinstance(weight, bool) or not isinstance(weight, int | float):
                raise BadInput(f"The weight of {name!r} is {weight!r}: give a number, 0 or more.")
    return reweighted(known, given.get("components"), given.get("indicators"))


def _described(found: Release, known: Known) -> Row:
    """Return all that is told of an index as plain data, profile first."""
    from labo.scores import pairs, table_of

    composite, names, labels = known.composite, _names(found), _labels(found)
    table, told = table_of(known, _seed(found))
    zones = [{"name": names[row["zone"]], **row} for row in records(table)]
    return {
        "index": composite.id,
        "label": composite.label,
        "question": composite.question,
        "territory": found.manifest["territory"]["name"],
        "generations": found.manifest["generations"],
        "qpvs": len(known.units.zones),
        "ranked": known.ranked,
        "reference": composite.reference if known.ranked else "agglomeration",
        "weights": {
            node: float(weight)
            for node, weight in zip(known.tree.nodes[:-1], known.tree.weights, strict=False)
        },
        "profile": [{"indicator": x, "label": labels[x]} for x in composite.profile],
        "zones": zones,
        "core": [z["zone"] for z in zones if z["component"] == "index" and z["core"]],
        "pairs": pairs(told),
        "missing": [m._asdict() | {"label": labels[m.indicator]} for m in known.missing],
        "constant": [{"indicator": x, "label": labels[x]} for x in known.constant],
        "limits": list(composite.limits),
    }


def _compare(
    found: Release, known: Known, path: Path, *, lowest_first: bool, as_json: bool
) -> None:
    from labo.errors import BadInput
    from labo.index import compare
    from labo.scores import placed

    other = _scores_of(found, path)
    if not known.ranked:
        raise BadInput(
            f"{int(known.scored.sum())} QPVs have a score of {known.composite.id!r}: with fewer "
            "than 8 there are no ranks to compare."
        )
    tree, recipe = known.tree, known.composite.recipe()
    agreement = compare(tree, placed(known), other, recipe=recipe, lowest_first=lowest_first)
    names = _names(found)
    table = agreement.disagreements.reset_index(names="zone")
    rows = [{"name": names[r["zone"]], **r} for r in records(table)]
    if as_json:
        keys = (
            "units",
            "spearman",
            "kendall",
            "same_class",
            "same_top",
            "only_ours",
            "only_theirs",
        )
        told = {key: getattr(agreement, key) for key in keys}
        told = {k: None if v != v else v for k, v in told.items()}
        print_json([{"index": known.composite.id, **told, "disagreements": rows}])
        return
    say_folded(f"{known.composite.label}, comparé à {path.name}")
    if agreement.spearman != agreement.spearman:
        say_folded("L'un des deux donne à tous le même score : rien ne se compare.")
    else:
        say_folded(
            f"Sur {agreement.units} QPV, les rangs s'accordent à {two(agreement.spearman)} (1 : "
            f"tout à fait, 0 : pas du tout) ; {percent(agreement.same_class)} des QPV sont dans "
            f"la même classe, et {percent(agreement.same_top)} de nos plus exposés sont aussi "
            "parmi les leurs."
        )
    say("")
    lines = [
        [
            r["name"],
            whole(r["rank"]),
            whole(r["other_rank"]),
            f"{COMPONENTS[r['component']]} (sans lui : {whole(r['rank_without'])})"
            if r["component"] and r["difference"]
            else NOTHING,
        ]
        for r in rows
    ]
    print_table(("quartier", "ici", "là", "ce qui l'explique le mieux"), lines, ("ici", "là"))
    if agreement.only_ours:
        missing = ", ".join(names.get(zone, zone) for zone in agreement.only_ours)
        say_folded(f"Sans score dans {path.name} : {missing}.")
    say_folded("Les rangs d'ici ont leur intervalle dans `labo index` ; ceux de là n'en ont pas.")


def _scores_of(found: Release, path: Path) -> pd.Series[float]:
    import pandas as pd

    from labo.errors import BadInput, MissingFile

    if not path.is_file():
        raise MissingFile(f"There is no file {str(path)!r} to compare with.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.splitlines()[0] if text.strip() else ""
        table = pd.read_csv(path, sep=";" if ";" in first else ",", dtype=str, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as error:
        raise BadInput(f"{str(path)!r} is no CSV file ({error}).") from error
    if not {"zone", "score"} <= set(table.columns):
        raise BadInput(f"{str(path)!r} needs the columns zone and score.")
    places = found.places[found.places["kind"] == "qpv"]
    ids = {
        key: z for c in ("code", "zone") for key, z in zip(places[c], places["zone"], strict=True)
    }
    zones = [ids.get(str(name).strip(), "") for name in table["zone"]]
    digits = table["score"].str.strip().str.replace(",", ".")
    scores = pd.to_numeric(digits, errors="coerce")
    if wrong := [v for v, s in zip(digits, scores, strict=True) if s != s and v == v and v]:
        raise BadInput(f"The score {wrong[0]!r} in {str(path)!r} is no number.")
    if len(unknown := [n for n, z in zip(table["zone"], zones, strict=True) if not z]) == len(
        zones
    ):
        raise BadInput(f"No zone of {str(path)!r} is a QPV of this release ({unknown[:1]} …).")
    if unknown:
        tell(f"{len(unknown)} zones of {path.name} are no QPV of this release: left out.")
    kept = [i for i, z in enumerate(zones) if z]
    return pd.Series(scores.to_numpy(dtype=float)[kept], index=[zones[i] for i in kept])
