"""What `labo portfolio` says in French: the group's list, then a second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labo.cli.output import print_table, say, say_folded
from labo.portfolio_words import (
    AIMS,
    FIFTHS,
    LATE,
    MISSING,
    VIOLATIONS,
    WHY,
    Words,
    constraints_told,
    digits,
    euros,
    percent,
    signed,
    verdict,
)
from labo.words import MINUS, NARROW, NOTHING, figure

if TYPE_CHECKING:
    from labo.options import Options

Row = dict[str, Any]

# A list longer than this is cut on screen, never in JSON.
MOST_LINES = 40


def say_opinion(r: Row, options: Options) -> None:
    """Print all of it, the group's own list first."""
    words = Words(r, options)
    _say_question(r, words)
    if r["own"] is not None:
        say("", "Votre liste")
        _say_list(r["own"], words)
    if r["computed"] is None:
        _say_blame(r, words)
    else:
        title = "Liste calculée" if r["own"] is None else "Liste calculée : un second avis"
        say("", f"{title}, pas une décision")
        if r["computed"]["lines"]:
            _say_computed(r, words)
        else:
            say_folded(f"  {words.nothing(r['budget'])}", "    ")
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


def _say_computed(r: Row, words: Words) -> None:
    _say_list(r["computed"], words)
    _say_gap(r)
    _say_changes(r, words)
    _say_floor(r)
    _say_budgets(r, words)
    _say_front(r, words)
    _say_robust(r, words)


def _say_question(r: Row, words: Words) -> None:
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


def _say_list(own: Row, words: Words) -> None:
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


def _say_changes(r: Row, words: Words) -> None:
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
    say_folded(f"  {verdict(r['difference'], 'La liste calculée', 'la vôtre')}", "    ")
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
        f"{verdict(lost, 'Avec le plancher', 'sans lui')}",
        "    ",
    )


def _say_budgets(r: Row, words: Words) -> None:
    say("", "Si le budget change")
    for b in r["budgets"]:
        sign = f"{MINUS}20" if b["factor"] < 1 else "+20"
        start = f"  {sign}{NARROW}% ({figure(b['budget'], 'euro')})"
        if not b["fits"]:
            because = " (le plancher suit le budget)" if r["floor"] is not None else ""
            say_folded(f"{start} : aucune liste ne respecte tout{because}.", "    ")
            continue
        moves = f"entrent {words.moved(b['entered'])} ; sortent {words.moved(b['left'])}"
        if not b["entered"] and not b["left"]:
            say_folded(f"{start} : rien ne change.", "    ")
            continue
        of = b["difference"]["benefit"]
        say_folded(
            f"{start} : {moves}. Effet : {signed(of['central'])} (de {signed(of['low'])} à "
            f"{signed(of['high'])}).",
            "    ",
        )


def _say_front(r: Row, words: Words) -> None:
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
        plural = "s" if len(lines) > 1 else ""
        say_folded(f"  {len(lines)} trouvée{plural} ; il peut y en avoir d'autres.")
    if len(lines) > 1:
        one, two = "La plus favorable à l'environnement", "la plus favorable à la justice"
        say_folded(f"  {verdict(front['ends'], one, two)}", "    ")


def _say_robust(r: Row, words: Words) -> None:
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
            f"({percent(found['expected'])} en moyenne). Le pire : "
            f"{words.situation(found['worst'])}.",
            "    ",
        )
        if not found["entered"] and not found["left"]:
            say("    C'est la liste calculée.")
            continue
        say_folded(
            f"    Par rapport à la liste calculée : entrent {words.moved(found['entered'])} ; "
            f"sortent {words.moved(found['left'])}.",
            "    ",
        )


def _say_blame(r: Row, words: Words) -> None:
    blame = r["blame"]
    say("", "Aucune liste ne respecte toutes les contraintes")
    together = constraints_told(blame["together"], words)
    say_folded(f"  Ne tiennent pas ensemble : {together}.", "    ")
    if blame["alone"]:
        alone = constraints_told(blame["alone"], words)
        say_folded(f"  Il suffirait de lever l'une de celles-ci : {alone}.", "    ")
    if blame["budget"] is not None and blame["budget"] > r["budget"]:
        say_folded(
            f"  En gardant tout le reste, il faudrait {figure(blame['budget'], 'euro')}.", "    "
        )
    if blame["floor"] is not None:
        say_folded(f"  Le plus haut plancher possible : {percent(blame['floor'])}.", "    ")


def _say_left_out(r: Row, words: Words) -> None:
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
