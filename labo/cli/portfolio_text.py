"""What `labo portfolio` says in French: the group's list, then a second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labo.cli.output import print_table, say, say_folded
from labo.words import MINUS, NARROW, NOTHING, figure

if TYPE_CHECKING:
    from labo.options import Options

Row = dict[str, Any]

# A list longer than this is cut on screen, never in JSON.
MOST_LINES = 40
FEW = 5
UNITS = {"resident * day": "jours-habitant", "resident": "habitants"}
SPELLED = (("**3", "³"), ("**2", "²"), (" * ", "·"), (" / ", "/"), ("year", "an"), ("day", "jour"))
AIMS = {
    "equity": "l'effet pondéré selon le niveau de vie de ceux qui en profitent",
    "benefit": "l'effet sur l'environnement",
}
FLOORS = {"budget": "budget", "benefit": "total des effets"}
VIOLATIONS = {
    "budget": "Le budget est dépassé de {by} €.",
    "upkeep": "L'entretien annuel est dépassé de {by} €.",
    "variants": "{where} : une seule variante possible, et la liste en a plusieurs ({reason}).",
    "possible": "{where} n'est pas possible ici : {reason}.",
    "number": "{where} : {by} de trop (au plus {reason}).",
    "needs": "{where} n'a de sens qu'avec {reason}, qui n'est pas dans la liste.",
    "excludes": "{where} ne va pas avec {reason}.",
    "floor": "{where} a moins que le plancher : il lui manque {by} du {of}.",
}
CONSTRAINTS = {
    "budget": "le budget",
    "upkeep": "l'entretien annuel",
    "variants": "une seule variante par lieu",
    "needs": "des options qui en demandent d'autres",
    "excludes": "des options qui en excluent d'autres",
    "possible": "des options jugées impossibles",
    "effects": "des options sans effet modélisé, donc hors du calcul",
}
WHY = {
    "impossible": "impossible ici : {other}",
    "no effect": "sans effet modélisé : le calcul ne sait pas la peser",
    "variant": "autre variante retenue au même lieu : {other}",
    "exclusion": "ne va pas avec {other}, retenue",
    "need": "va avec {other}",
    "floor": "pour le plancher de {other}",
    "dearer": "moins d'effet par euro que ce qui entre",
    "no room": "bon effet par euro, mais ne tient plus dans le budget",
    "better": "plus d'effet par euro que ce qui sort",
    "room": "tient dans ce qui reste du budget",
}
LOSSES = {
    "rent": "loyers",
    "charges": "charges",
    "displacement": "départs d'habitants",
    "upkeep": "entretien",
}
MISSING = {
    "effect": "effet sur l'environnement",
    "beneficiaries": "nombre de bénéficiaires",
    "shares": "niveau de vie des bénéficiaires",
} | {loss: f"qui pourrait y perdre ({words})" for loss, words in LOSSES.items()}
LATE = {
    "free": "le prix du plancher",
    "budgets": "le budget à ±20 %",
    "front": "environnement et justice",
    "robust": "la liste que l'on regretterait le moins",
}
ENDS = {"low": "au plus bas", "high": "au plus haut"}
FIFTHS = ("le plus modeste", "2e", "3e", "4e", "le plus aisé")


def say_opinion(r: Row, options: Options) -> None:
    """Print all of it, the group's own list first."""
    words = _Words(r, options)
    _say_question(r, words)
    if r["own"] is not None:
        say("", "Votre liste")
        _say_list(r["own"], words)
    if r["computed"] is None:
        _say_blame(r, words)
    else:
        title = "Liste calculée" if r["own"] is None else "Liste calculée : un second avis"
        say("", f"{title}, pas une décision")
        _say_list(r["computed"], words)
        _say_gap(r)
        _say_changes(r, words)
        _say_floor(r)
        _say_budgets(r, words)
        _say_front(r, words)
        _say_robust(r, words)
    _say_left_out(r, words)
    say("")
    say_folded(
        "* coût ou effet pas encore vérifié. Fourchettes d'une somme : tous les coûts vont dans le "
        "même sens ; les effets d'une même solution aussi, ceux de solutions différentes non."
    )
    if not r["overlap_declared"]:
        say_folded(
            "Aucun recouvrement n'est déclaré entre options (overlap_site, overlap_zone) : les "
            "effets sont seulement additionnés."
        )


class _Words:
    """How amounts, options and neighbourhoods of a result are written."""

    def __init__(self, r: Row, options: Options) -> None:
        unit = str(r["unit"])
        for old, new in SPELLED:
            unit = unit.replace(old, new)
        self.unit = UNITS.get(r["unit"], unit)
        self.of = FLOORS[r["floor"]["of"]] if r["floor"] is not None else ""
        self.zones: dict[str, str] = r["names"]
        self.labels = {
            x.id: f"{x.label} ({self.zones.get(x.zone, x.zone)}, {x.site})" for x in options.rows
        }

    def named(self, name: str) -> str:
        """Return what people call a neighbourhood or an option; a site is its own name."""
        return self.zones.get(name) or self.labels.get(name, name)

    def some(self, ids: list[str]) -> str:
        """Return the first few options of a list."""
        if not ids:
            return "rien"
        more = f" et {len(ids) - FEW} autres" if len(ids) > FEW else ""
        return ", ".join(map(self.named, ids[:FEW])) + more

    def effect(self, of: Row | None) -> str:
        if of is None:
            return "non modélisé"
        return f"{digits(of['central'])} ({digits(of['low'])} à {digits(of['high'])})"


def digits(value: float) -> str:
    """Return a number for people: three figures when it is small, none after the comma if not."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if "e" in text:
        text = f"{value:.0f}" if abs(value) >= 1 else "0"
    return text.replace(",", NARROW).replace(".", ",").replace("-", MINUS)


def signed(value: float) -> str:
    """Return a difference with its sign."""
    text = digits(value)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


def euros(of: Row) -> str:
    """Return a cost with its range."""
    if of["low"] == of["high"]:
        return figure(of["central"], "euro")
    return f"{figure(of['central'], 'euro')} ({digits(of['low'])} à {digits(of['high'])})"


def percent(share: float) -> str:
    """Return a share, with decimals where it is small."""
    text = f"{100 * share:.2g}" if abs(share) < 0.1 else f"{100 * share:.0f}"
    return f"{text.replace('.', ',')}{NARROW}%"


def _say_question(r: Row, words: _Words) -> None:
    upkeep = f", entretien {figure(r['upkeep'], 'euro')} par an" if r["upkeep"] is not None else ""
    floor = r["floor"]
    least = ""
    if floor is not None:
        least = f", au moins {percent(floor['share'])} du {words.of} pour chaque quartier"
    say_folded(
        f"{r['territory']} : {r['options']} options dans {len(r['zones'])} quartiers. Budget "
        f"{figure(r['budget'], 'euro')}{upkeep}{least}. Effets en {words.unit}."
    )
    if r["without_option"]:
        names = ", ".join(r["without_option"])
        say_folded(f"Sans aucune option, donc hors du calcul et du plancher : {names}.")


def _say_list(own: Row, words: _Words) -> None:
    lines = sorted(own["lines"], key=lambda x: (words.named(x["zone"]), x["label"], x["id"]))
    if not lines:
        say("  Rien.")
    shown = [
        [
            f"{x['quantity']} × {x['label']}",
            f"{words.named(x['zone'])} ({x['site']})",
            euros(x["capital"]) + ("*" if x["cost_grade"] == "to_check" else ""),
            words.effect(x["benefit"])
            + ("*" if x["benefit"] is not None and x["effect_grade"] == "to_check" else ""),
        ]
        for x in lines[:MOST_LINES]
    ]
    if shown:
        print_table(("option", "quartier", "coût", "effet"), shown, ("coût", "effet"))
    if len(lines) > MOST_LINES:
        say(f"… et {len(lines) - MOST_LINES} autres (--json les donne toutes).")
    say_folded(f"  Coût : {euros(own['capital'])}.", "    ")
    say_folded(f"  Entretien, par an : {euros(own['upkeep_total'])}.", "    ")
    say_folded(f"  Effet, en additionnant : {words.effect(own['benefit'])} {words.unit}.", "    ")
    if own["overlap"] > 0:
        say_folded(
            f"  Ensemble, car des effets se recouvrent : {words.effect(own['joint'])} "
            f"({signed(-own['overlap'])}).",
            "    ",
        )
    say_folded(f"  Effet pondéré : {words.effect(own['equity'])}.", "    ")
    _say_who(own)
    for v in own["violations"]:
        by = percent(v["by"]) if v["constraint"] == "floor" else digits(v["by"])
        where, reason = words.named(v["where"]), words.named(v["reason"])
        text = VIOLATIONS[v["constraint"]].format(by=by, where=where, reason=reason, of=words.of)
        say_folded(f"  ! {text}", "    ")
    if own["dear"] > 0 and not any(v["constraint"] == "budget" for v in own["violations"]):
        say_folded(
            f"  Si tous les coûts sont au plus haut, il manque {figure(own['dear'], 'euro')}.", "  "
        )
    if own["missing"]:
        counts: dict[str, int] = {}
        for m in own["missing"]:
            counts[m["what"]] = counts.get(m["what"], 0) + 1
        told = " ; ".join(f"{MISSING[what]} ({n} fois)" for what, n in counts.items())
        say_folded(f"  À dire avant de publier : {told}.", "    ")


def _say_who(own: Row) -> None:
    who = own["beneficiaries"]
    if who["people"]:
        poor = ""
        if who["poor"] is not None:
            of = who["poor"]
            poor = (
                f", dont {digits(of['central'])} ({digits(of['low'])} à {digits(of['high'])}) de "
                "ménages pauvres s'ils sont comme leur quartier"
            )
        known = f" ({len(who['unknown'])} options sans chiffre)" if who["unknown"] else ""
        say_folded(
            f"  Bénéficiaires, additionnés (une personne peut compter plusieurs fois) : "
            f"{digits(who['people'])}{poor}{known}.",
            "    ",
        )
    if who["by_fifth"] is not None and sum(who["by_fifth"]) > 0:
        parts = ", ".join(
            f"{name} {percent(part / sum(who['by_fifth']))}"
            for name, part in zip(FIFTHS, who["by_fifth"], strict=True)
            if part > 0
        )
        index = who["concentration"]
        said = "" if index is None else f" Indice de concentration {digits(round(index, 2))}."
        say_folded(f"  Pour quel cinquième des habitants : {parts}.{said}", "    ")


def _say_gap(r: Row) -> None:
    aim = AIMS[r["objective"]]
    if r["gap"] <= 1e-9:
        say_folded(f"  Aucune autre liste n'a plus selon ce critère : {aim}.", "    ")
    else:
        say_folded(
            f"  Aucune autre liste n'a plus que {percent(r['gap'])} de mieux selon ce critère : "
            f"{aim}.",
            "    ",
        )


def _verdict(found: Row, one: str, two: str) -> str:
    parts = []
    for key, what in (("benefit", "effet"), ("equity", "effet pondéré")):
        of = found[key]
        sure = "assez sûr" if found[f"distinguishable_{key}"] else "non distinguables"
        span = f"de {signed(of['low'])} à {signed(of['high'])}"
        parts.append(f"{what} {signed(of['central'])} ({span}), {sure}")
    return f"{one} par rapport à {two} : {' ; '.join(parts)}."


def _say_changes(r: Row, words: _Words) -> None:
    if r["own"] is None:
        return
    say("", "Ce qui diffère de votre liste, ligne à ligne")
    if not r["changes"]:
        say("  Rien : c'est la même.")
        return
    lines = [
        [
            f"{words.named(c['option'])} : {c['own']} → {c['computed']}",
            f"{signed(c['capital']['central'])}{NARROW}€",
            signed(c["benefit"]["central"]) if c["why"] != "no effect" else NOTHING,
            WHY[c["why"]].format(other=words.named(c["other"])),
        ]
        for c in r["changes"][:MOST_LINES]
    ]
    print_table(("option", "coût", "effet", "pourquoi"), lines, ("coût", "effet"))
    say_folded(f"  {_verdict(r['difference'], 'La liste calculée', 'la vôtre')}", "    ")
    if r["switching"]:
        at = ", ".join(digits(round(e, 2)) for e in r["switching"])
        say_folded(
            f"  L'ordre des deux listes s'inverse à l'élasticité {at} (déclarée : "
            f"{digits(r['elasticity']['central'])}, de {digits(r['elasticity']['low'])} à "
            f"{digits(r['elasticity']['high'])}).",
            "    ",
        )


def _say_floor(r: Row) -> None:
    price = r["floor_price"]
    if price is None:
        return
    say("", "Ce que coûte le plancher")
    lost = price["difference"]
    if not price["entered"] and not price["left"]:
        say("  Rien : la liste est la même sans lui.")
        return
    say_folded(
        f"  {price['served']} quartiers servis, {price['served_without']} sans lui. "
        f"{_verdict(lost, 'Avec le plancher', 'sans lui')}",
        "    ",
    )


def _say_budgets(r: Row, words: _Words) -> None:
    say("", "Si le budget change")
    for b in r["budgets"]:
        sign = f"{MINUS}20" if b["factor"] < 1 else "+20"
        start = f"  {sign}{NARROW}% ({figure(b['budget'], 'euro')})"
        if not b["fits"]:
            because = " (le plancher suit le budget)" if r["floor"] is not None else ""
            say_folded(f"{start} : aucune liste ne respecte tout{because}.", "    ")
            continue
        moves = f"entrent {words.some(b['entered'])} ; sortent {words.some(b['left'])}"
        if not b["entered"] and not b["left"]:
            say_folded(f"{start} : rien ne change.", "    ")
            continue
        of = b["difference"]["benefit"]
        say_folded(
            f"{start} : {moves}. Effet : {signed(of['central'])} (de {signed(of['low'])} à "
            f"{signed(of['high'])}).",
            "    ",
        )


def _say_front(r: Row, words: _Words) -> None:
    front = r["front"]
    if r["too_many"]:
        say("", "Trop d'options pour comparer environnement et justice : choisissez par quartier.")
    if r["late"]:
        late = ", ".join(LATE[name] for name in r["late"])
        say("")
        say_folded(f"Pas de réponse à temps, donc rien n'en est dit : {late}.")
    if front is None:
        return
    say("", "Environnement et justice : les listes qu'aucune autre ne bat sur les deux")
    lines = [
        [
            words.effect(p["benefit"]),
            words.effect(p["equity"]),
            figure(p["capital"]["central"], "euro"),
        ]
        for p in front["points"]
    ]
    print_table(("effet", "effet pondéré", "coût"), lines, ("effet", "effet pondéré", "coût"))
    if front["whole"]:
        say_folded(f"  {len(lines)} en tout : il n'y en a pas d'autre.")
    else:
        say_folded(f"  {len(lines)} trouvées ; d'autres existent entre elles.")
    if len(lines) > 1:
        one, two = "La plus favorable à l'environnement", "la plus favorable à la justice"
        say_folded(f"  {_verdict(front['ends'], one, two)}", "    ")


def _say_robust(r: Row, words: _Words) -> None:
    if not r["robust"]:
        return
    say("", "Les listes que l'on regretterait le moins")
    for found in r["robust"]:
        high = found["costs"] == "high"
        start = "Si tous les coûts sont au plus haut" if high else "Aux coûts centraux"
        if not found["fits"]:
            say_folded(f"  {start} : aucune liste ne respecte tout.")
            continue
        say_folded(
            f"  {start} : coût {euros(found['capital'])}, effet {words.effect(found['benefit'])}. "
            f"Dans {len(found['scenarios'])} situations (effets et pondérations), elle perd au "
            f"plus {percent(found['largest'])} de ce qu'on aurait pu avoir en le sachant d'avance "
            f"({percent(found['expected'])} en moyenne). Le pire : {_situation(found['worst'])}.",
            "    ",
        )
        if not found["entered"] and not found["left"]:
            say("    C'est la liste calculée.")
            continue
        say_folded(
            f"    Par rapport à la liste calculée : entrent {words.some(found['entered'])} ; "
            f"sortent {words.some(found['left'])}.",
            "    ",
        )


def _situation(s: Row) -> str:
    if s["kind"] == "weights":
        return (
            "sans pondération"
            if s["label"] == "0"
            else f"élasticité {s['label'].replace('.', ',')}"
        )
    if s["kind"] == "effects":
        return f"tous les effets {ENDS[s['label']]}"
    if s["kind"] == "measure":
        return f"l'effet de {s['label']} au plus bas"
    return "les valeurs centrales"


def _say_blame(r: Row, words: _Words) -> None:
    blame = r["blame"]
    say("", "Aucune liste ne respecte toutes les contraintes")
    together = _constraints(blame["together"], words)
    say_folded(f"  Ne tiennent pas ensemble : {together}.", "    ")
    if blame["alone"]:
        say_folded(
            f"  Il suffirait de lever l'une de celles-ci : {_constraints(blame['alone'], words)}.",
            "    ",
        )
    if blame["budget"] is not None and blame["budget"] > r["budget"]:
        say_folded(
            f"  En gardant tout le reste, il faudrait {figure(blame['budget'], 'euro')}.", "    "
        )
    if blame["floor"] is not None:
        say_folded(f"  Le plus haut plancher possible : {percent(blame['floor'])}.", "    ")


def _constraints(names: list[str], words: _Words) -> str:
    told = []
    for name in names:
        zone = name.removeprefix("floor ")
        told.append(f"le plancher de {words.named(zone)}" if name != zone else CONSTRAINTS[name])
    return " ; ".join(told)


def _say_left_out(r: Row, words: _Words) -> None:
    if not r["left_out"]:
        return
    say("", "Hors du calcul")
    for why, text in (
        ("impossible", "impossibles ici"),
        ("no effect", "sans effet modélisé : à défendre par d'autres raisons"),
        ("no shares", "sans bénéficiaires connus"),
    ):
        ids = [x["option"] for x in r["left_out"] if x["why"] == why]
        if ids:
            say_folded(f"  {len(ids)} {text} : {words.some(ids)}.", "    ")
