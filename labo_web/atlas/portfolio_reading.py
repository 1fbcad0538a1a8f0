"""A choice under a budget in sentences and rows, from what the engine tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from labo import portfolio_words as of
from labo.equity import ELASTICITY
from labo.portfolio import Problem
from labo.portfolio_words import Words, digits, euros, percent, signed
from labo.words import figure
from labo_web.atlas.french import printed
from labo_web.releases.charts import plane

Row = dict[str, Any]
# A longer list is cut on screen: the form has all of it.
MOST_LINES = 60
SAME = 1e-9
LEFT_OUT = {
    "impossible": "impossibles ici",
    "no effect": "sans effet modélisé : à défendre par d’autres raisons",
    "no shares": "dont on ne sait pas à qui elles profitent",
}


def read(r: Row, problem: Problem, names: Mapping[str, str], without: list[str]) -> Row:
    """Return what the page tells of an opinion.

    Args:
        r: what `labo.opinion.opinion` returns.
        problem: what it is of.
        names: of the neighbourhoods that have an option, by code.
        without: names of those that have none.
    """
    r = r | {"names": dict(names)}
    words = Words(r, problem.options)
    answer: Row = {
        "unit": printed(words.unit),
        "question": _question(r, words),
        "without": without,
        "own": None if r["own"] is None else _list(r["own"], words),
        "computed": None if r["computed"] is None else _list(r["computed"], words),
        "blame": None if r["blame"] is None else _blame(r, words),
        "late": [printed(of.LATE[name]) for name in r["late"]],
        "left_out": _left_out(r, words),
        "overlap": r["overlap_declared"],
        "too_many": r["too_many"],
    }
    if r["computed"] is None:
        return answer
    if not r["computed"]["lines"]:
        return answer | {"nothing": printed(words.nothing(r["budget"]))}
    return answer | {
        "gap": _gap(r),
        "same": r["own"] is not None and not r["changes"],
        "changes": [_change(c, words) for c in r["changes"][:MOST_LINES]],
        "difference": ""
        if r["difference"] is None
        else printed(of.verdict(r["difference"], "La liste calculée", "la vôtre")),
        "switching": _switching(r),
        "floor_price": _floor(r),
        "budgets": [_budget(b, r, words) for b in r["budgets"]],
        "front": _front(r, words),
        "robust": [_robust(x, words) for x in r["robust"]],
    }


def without_computed(
    own: Row | None, problem: Problem, names: Mapping[str, str], *, late: bool
) -> Row:
    """Return what is told where nothing was computed: the group's own list all the same."""
    r: Row = {"names": dict(names), "unit": problem.options.unit, "floor": None}
    if problem.floor is not None:
        r["floor"] = {"of": problem.floor.of, "share": problem.floor.share}
    words = Words(r, problem.options)
    why = (
        "Le calcul n’a pas répondu en cinq secondes : prenez moins d’options ou un plancher plus "
        "bas, ou sur un ordinateur « labo portfolio », qui attend plus longtemps."
        if late
        else "Aucune option n’a d’effet chiffré pour ce but : il n’y a rien à comparer, donc pas "
        "de second avis. Donnez un effet (bas, central, haut) à une option au moins."
    )
    return {
        "unit": printed(words.unit),
        "own": None if own is None else _list(own, words),
        "no_opinion": why,
    }


def _question(r: Row, words: Words) -> str:
    floor, least = r["floor"], ""
    if floor is not None:
        least = f", au moins {percent(floor['share'])} du {words.of} pour chaque quartier"
    upkeep = "" if r["upkeep"] is None else f", entretien {figure(r['upkeep'], 'euro')} par an"
    count = len(r["zones"])
    where = f"{count} quartiers" if count > 1 else "1 quartier"
    return printed(
        f"{r['options']} option{'s' if r['options'] > 1 else ''} dans {where}. Budget "
        f"{figure(r['budget'], 'euro')}{upkeep}{least}."
    )


# A list


def _list(own: Row, words: Words) -> Row:
    lines = sorted(own["lines"], key=lambda x: (words.named(x["zone"]), x["label"], x["id"]))
    return {
        "lines": [_line(x, words) for x in lines[:MOST_LINES]],
        "more": max(0, len(lines) - MOST_LINES),
        "capital": euros(own["capital"]),
        "upkeep": euros(own["upkeep_total"]),
        "benefit": words.effect(own["benefit"]),
        "joint": words.effect(own["joint"]) if own["overlap"] > 0 else "",
        "equity": words.effect(own["equity"]),
        "to_check": sum(x["cost_grade"] == "to_check" for x in own["lines"]),
        "effects_to_check": sum(
            x["benefit"] is not None and x["effect_grade"] == "to_check" for x in own["lines"]
        ),
        "without_effect": len(own["without_effect"]),
        "violations": [_violation(v, words) for v in own["violations"]],
        "dear": figure(own["dear"], "euro") if own["dear"] > 0 else "",
        "who": _who(own),
        "weighings": _weighings(own),
        "fifths": _fifths(own),
        "losing": [
            {
                "option": printed(words.named(x["option"])),
                "loss": of.LOSSES[x["loss"]],
                "words": printed(x["words"]),
            }
            for x in own["losing"][:MOST_LINES]
        ],
        "missing": [
            printed(f"{of.MISSING[what]}, {count} fois")
            for what, count in Counter(m["what"] for m in own["missing"]).items()
        ],
    }


def _line(x: Row, words: Words) -> Row:
    return {
        "label": f"{x['quantity']} × {printed(x['label'])}",
        "where": f"{words.named(x['zone'])} ({x['site']})",
        "capital": euros(x["capital"]),
        "cost_to_check": x["cost_grade"] == "to_check",
        "benefit": words.effect(x["benefit"]),
        "effect_to_check": x["benefit"] is not None and x["effect_grade"] == "to_check",
    }


def _violation(v: Row, words: Words) -> str:
    by = percent(v["by"]) if v["constraint"] == "floor" else digits(v["by"])
    where, reason = words.named(v["where"]), words.named(v["reason"])
    text = of.VIOLATIONS[v["constraint"]]
    return printed(text.format(by=by, where=where, reason=reason, of=words.of))


def _who(own: Row) -> str:
    who = own["beneficiaries"]
    unknown = len(who["unknown"])
    if not who["people"]:
        return "Nombre de bénéficiaires : inconnu." if unknown else ""
    poor = ""
    if who["poor"] is not None:
        poor = (
            f", dont {digits(who['poor']['central'])} ({digits(who['poor']['low'])} à "
            f"{digits(who['poor']['high'])}) de ménages pauvres s’ils sont comme leur quartier"
        )
    known = f" ; {unknown} options sans chiffre" if unknown else ""
    return printed(
        f"Bénéficiaires, additionnés (une personne peut compter plusieurs fois) : "
        f"{digits(who['people'])}{poor}{known}."
    )


def _fifths(own: Row) -> Row | None:
    """Return the share of the effect that goes to each fifth, and the concentration index."""
    who = own["beneficiaries"]
    parts = who["by_fifth"]
    if parts is None or sum(parts) <= 0:
        return None
    index = who["concentration"]
    said = ""
    if index is not None:
        side = "plutôt aux plus modestes" if index < 0 else "plutôt aux plus aisés"
        side = "ni aux uns ni aux autres" if abs(index) < 0.005 else side
        said = f"Indice de concentration {digits(round(index, 2))}\u00a0: l’effet va {side}."
    return {
        "rows": [
            (name, percent(part / sum(parts)))
            for name, part in zip(of.FIFTHS, parts, strict=True)
        ],
        "index": said,
    }  # fmt: skip


def _weighings(own: Row) -> str:
    w = own["beneficiaries"]["weighings"]
    if w is None:
        return ""
    ends = (ELASTICITY.central, ELASTICITY.low, ELASTICITY.high)
    central, low, high = (digits(e) for e in ends)
    return printed(
        f"Sans pondération : {digits(w['unweighed'])}. Pondéré par le niveau de vie, élasticité "
        f"{central} : {digits(w['central'])} ; de {low} à {high} : {digits(w['low'])} à "
        f"{digits(w['high'])}. Pondérer est un jugement : les deux chiffres restent côte à côte."
    )


# The second opinion


def _gap(r: Row) -> str:
    aim = of.AIMS[r["objective"]]
    if r["gap"] <= SAME:
        return printed(f"Aucune autre liste n'a plus selon ce critère : {aim}.")
    return printed(
        f"Aucune autre liste n'a plus que {percent(r['gap'])} de mieux selon ce critère : {aim}."
    )


def _change(c: Row, words: Words) -> Row:
    effect = signed(c["benefit"]["central"]) if c["why"] != "no effect" else "non modélisé"
    return {
        "label": printed(words.named(c["option"])),
        "own": c["own"],
        "computed": c["computed"],
        "capital": f"{signed(c['capital']['central'])}\u00a0€",
        "benefit": effect,
        "why": printed(of.WHY[c["why"]].format(other=words.named(c["other"]))),
    }


def _switching(r: Row) -> str:
    if r["own"] is None:
        return ""
    if not r["switching"]:
        return (
            "Quel que soit le poids donné aux plus modestes, l’ordre des deux listes ne s’inverse "
            "pas, ou on ne le sait pas."
        )
    at = ", ".join(digits(round(e, 2)) for e in r["switching"])
    e = r["elasticity"]
    return printed(
        f"L'ordre des deux listes s'inverse à l'élasticité {at} (déclarée : "
        f"{digits(e['central'])}, de {digits(e['low'])} à {digits(e['high'])})."
    )


def _floor(r: Row) -> str:
    price = r["floor_price"]
    if price is None:
        return ""
    if not price["entered"] and not price["left"]:
        return "Le plancher ne coûte rien\u00a0: la liste est la même sans lui."
    told = of.verdict(price["difference"], "Avec le plancher", "sans lui")
    return printed(
        f"{price['served']} quartiers servis, {price['served_without']} sans lui. {told}"
    )


def _budget(b: Row, r: Row, words: Words) -> Row:
    start = f"{'−20' if b['factor'] < 1 else '+20'}\u202f% ({figure(b['budget'], 'euro')})"
    if not b["fits"]:
        why = " (le plancher suit le budget)" if r["floor"] is not None else ""
        return {"start": start, "text": f"aucune liste ne respecte tout{why}."}
    if not b["entered"] and not b["left"]:
        return {"start": start, "text": "rien ne change."}
    gain = b["difference"]["benefit"]
    return {
        "start": start,
        "text": printed(
            f"{_moves(b, words)}. Effet : {signed(gain['central'])} (de {signed(gain['low'])} à "
            f"{signed(gain['high'])})."
        ),
    }


def _moves(found: Row, words: Words) -> str:
    """Say what enters a list and what leaves it."""
    told = [
        f"{verb} {words.moved(found[key])}"
        for verb, key in (("entrent", "entered"), ("sortent", "left"))
        if found[key]
    ]
    return " ; ".join(told)


def _front(r: Row, words: Words) -> Row | None:
    front = r["front"]
    if front is None or not front["points"]:
        return None
    points = front["points"]
    named = (("votre liste", "own"), ("liste calculée", "computed"))
    others = [(name, r[key]) for name, key in named if r[key] is not None]
    many = len(points) > 1
    count = f"{len(points)} listes" if many else "Une seule liste"
    sentence = f"{count} qu’aucune autre ne bat à la fois sur l’effet et sur l’effet pondéré"
    if front["whole"]:
        sentence += ", et il n’y en a pas d’autre"
    elif many:
        sentence += " ; d’autres existent entre elles"
    return {
        "sentence": printed(f"{sentence}."),
        "ends": printed(
            of.verdict(front["ends"], "La plus favorable à l'environnement",
                       "la plus favorable à la justice")
        ) if many else "",
        "drawing": plane(
            [(p["benefit"], p["equity"]) for p in points],
            [(name, x["benefit"], x["equity"]) for name, x in others],
            digits,
        ),
        "rows": [
            {
                "name": f"Liste {n}",
                "benefit": words.effect(p["benefit"]),
                "equity": words.effect(p["equity"]),
                "capital": figure(p["capital"]["central"], "euro"),
                "options": printed(words.some(list(p["options"]))),
            }
            for n, p in enumerate(points, 1)
        ],
        "others": [
            {
                "name": name.capitalize(),
                "benefit": words.effect(x["benefit"]),
                "equity": words.effect(x["equity"]),
                "capital": figure(x["capital"]["central"], "euro"),
            }
            for name, x in others
        ],
    }  # fmt: skip


def _robust(found: Row, words: Words) -> Row:
    high = found["costs"] == "high"
    start = "Si tous les coûts sont au plus haut" if high else "Aux coûts centraux"
    if not found["fits"]:
        return {"start": start, "text": "aucune liste ne respecte tout.", "lines": []}
    moves = (
        "C'est la liste calculée."
        if not found["entered"] and not found["left"]
        else f"Par rapport à la liste calculée, {_moves(found, words)}."
    )
    return {
        "start": start,
        "text": printed(
            f"coût {euros(found['capital'])}, effet {words.effect(found['benefit'])}. Dans "
            f"{len(found['scenarios'])} situations (effets et pondérations), elle perd au plus "
            f"{percent(found['largest'])} de ce qu'on aurait pu avoir en le sachant d'avance "
            f"({percent(found['expected'])} en moyenne). Le pire : "
            f"{words.situation(found['worst'])}. {moves}"
        ),
        "lines": [
            f"{x['quantity']} × {printed(x['label'])}, {words.named(x['zone'])} ({x['site']})"
            for x in found["lines"][:MOST_LINES]
        ],
    }


# Nothing fits


def _blame(r: Row, words: Words) -> Row:
    blame = r["blame"]
    return {
        "together": printed(of.constraints_told(blame["together"], words)),
        "alone": printed(of.constraints_told(blame["alone"], words)),
        "budget": figure(blame["budget"], "euro")
        if blame["budget"] is not None and blame["budget"] > r["budget"]
        else "",
        "floor": "" if blame["floor"] is None else percent(blame["floor"]),
    }


def _left_out(r: Row, words: Words) -> list[str]:
    told = []
    for why, text in LEFT_OUT.items():
        ids = [x["option"] for x in r["left_out"] if x["why"] == why]
        if ids:
            told.append(printed(f"{len(ids)} {text} : {words.some(ids)}."))
    return told
