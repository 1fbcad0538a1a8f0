"""Pages of indices: the engine's figures, true words above and below eight, hostile weights."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.http import QueryDict
from django.test import Client

from labo import release as engine
from labo.composite import find
from labo.index.sensitivity import FRENCH
from labo.index_data import Known, composites_of, directions_of, draws_of, known, reweighted
from labo.index_words import percent, signed, span, whole
from labo.scores import RUNS, WHOLE, assess, drivers, gaps, placed, table_of, try_weights
from labo.typography import curled
from labo_web.accounts.models import Circle, Organisation
from labo_web.atlas import indices, weighing, worked
from labo_web.atlas.reasons import MIDDLE, pushes
from labo_web.releases.models import Agreement, Release, Value
from tests.web.conftest import open_to

MANY = "/territoires/999000003/indices/"
FEW = "/territoires/999000001/indices/"
NAMES = ("air", "canicule", "drought", "energy", "flood", "nature")
BAD_WORDS = r"score des habitants|population à risque|KPI|utilisateur|\bNone\b|\bnan\b|\binf\b"


def told_by_engine(folder: Path, name: str, hidden: tuple[str, str] | None = None) -> Known:
    """Return what the engine knows, read from the folder, a value left out."""
    found = engine.read(folder)
    of = find(name, composites_of(found.catalogue))
    values, draws = found.values.copy(), draws_of(found.draws)
    if hidden is not None:
        gone = (values["zone"] == hidden[0]) & (values["indicator"] == hidden[1])
        assert gone.sum() == 1
        values.loc[gone, "central"] = np.nan
        values.loc[gone, "reason"] = "hidden"
        draws = {k: v for k, v in draws.items() if k[:2] != hidden}
    return known(of, directions_of(found.catalogue), values, draws, found.places)


def text_of(client: Client, path: str, **headers: Any) -> str:
    """Return a page without its tags, spaces made one."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    html = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(html))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("name", NAMES)
def test_ranks_are_those_of_the_engine(
    client: Client, many: Release, many_release: Path, name: str
) -> None:
    table, told = table_of(told_by_engine(many_release, name), many.seed)
    rows = table[table["component"] == WHOLE].set_index("zone")
    assert told is not None
    text = text_of(client, f"{MANY}{name}/")
    names = dict(many.zones.filter(kind="qpv").values_list("code", "name"))
    for code, row in rows.iterrows():
        ends = [
            f"{row[low]:.0f}" if row[low] == row[high] else f"{row[low]:.0f} à {row[high]:.0f}"
            for low, high in (("rank_low", "rank_high"), ("rank_method_low", "rank_method_high"))
        ]
        said = f"Rang {whole(row['rank'])} données : {ends[0]} ; méthode : {ends[1]}"
        assert f"{names[str(code)]} {said}" in text
        chances = " ".join(percent(row[f"p_class_{k}"]) for k in (1, 2, 3, 4))
        assert squeezed(f"{names[str(code)]} {chances}") in text
        gap = f"{signed(row['gap_epci'])} {signed(row['gap_epci_low'])} à"
        assert gap in text
    core = [names[str(code)] for code in rows.index[rows["core"].astype(bool)]]
    start = "Parmi les plus exposés dans 9 calculs sur 10 : "
    if core:
        assert set(re.split(", | et ", text.split(start)[1].split(".")[0])) == set(core)
    else:
        assert "Aucun quartier n’est parmi les plus exposés dans 9 calculs sur 10" in text
        assert start not in text
    pairs = len(told.indistinguishable())
    assert f"{pairs} paires de quartiers sur 36 ne se départagent pas" in text
    assert re.findall(BAD_WORDS, text) == []


@pytest.mark.parametrize("name", NAMES)
def test_profile_comes_before_any_composite(
    client: Client, many: Release, many_release: Path, name: str
) -> None:
    text = text_of(client, f"{MANY}{name}/")
    assert text.index("Le profil d’abord") < text.index("Les rangs, avec leur doute")
    table, _ = table_of(told_by_engine(many_release, name), many.seed)
    zone = many.zones.filter(kind="qpv").order_by("name")[0]
    for row in table[(table["zone"] == zone.code) & (table["component"] != WHOLE)].to_dict(
        "records"
    ):
        assert f"{whole(row['central'])} {span(row['low'], row['high'])}" in text
    for limit in indices.composites(many)[0].limits if name == "air" else ():
        assert curled(limit) in text


def test_driver_is_that_of_the_engine(client: Client, many: Release, many_release: Path) -> None:
    found = drivers(told_by_engine(many_release, "canicule"), seed=many.seed)
    said = curled(f"Ce qui pèse le plus : {FRENCH[str(found.driver)]}")
    assert said in text_of(client, f"{MANY}canicule/")


@pytest.mark.parametrize("name", NAMES)
def test_few_are_not_ranked(client: Client, public: Release, town_release: Path, name: str) -> None:
    found = told_by_engine(town_release, name)
    assert not found.ranked
    text = text_of(client, f"{FEW}{name}/")
    for word in ("Rang 1", "9 calculs sur 10", "Les classes", "classement dit", "départager"):
        assert word not in text.replace(curled(" ".join(found.composite.limits)), "")
    away = gaps(found)
    names = dict(public.zones.filter(kind="qpv").values_list("code", "name"))
    for i, zone in enumerate(found.units.zones):
        if np.isnan(away.score[i]):
            assert f"Pas de score pour {names[zone]}" in text
            continue
        low, high = away.epci_low[i], away.epci_high[i]
        said = f"{signed(away.epci[i])} {signed(low)} à {signed(high)} ; "
        sure = "plus fragile, assez sûr" if low > 0 else (
            "moins fragile, assez sûr" if high < 0 else "pas de différence sûre")  # fmt: skip
        assert said + sure in text


def test_lists_and_readings(client: Client, many: Release) -> None:
    text = text_of(client, MANY)
    assert all(curled(x.question) in text for x in indices.composites(many))
    for gloss, words in (("giec", "les personnes et les biens présents"),
                         ("tacct", "exposition (le climat et ce qu’il devient ici)")):  # fmt: skip
        assert words in text_of(client, f"{MANY}air/?lecture={gloss}")


# Weights


def test_weights_as_declared_change_nothing(
    client: Client, many: Release, many_release: Path
) -> None:
    text = text_of(client, f"{MANY}energy/poids/")
    assert "Aucun quartier ne change de classe." in text
    fixed = try_weights(told_by_engine(many_release, "energy")).fixed
    assert text.count("jamais d’autre classe") == fixed.sum()
    assert len(fixed) == 9
    assert fixed.sum() > 0


def marks(text: str) -> tuple[list[float], float, str, float]:
    """Return what an example says: the marks, the whole, which part counts double, what then."""
    said = text.split("Un exemple, avec les chiffres d’ici")[1].split("il se discute")[0]
    parts = [float(x) for x in re.findall(r"», (\d+)", said)]
    score = re.search(r"leur moyenne : (\d+)", said)
    double = re.search(r"Si « ([^»]+) » comptait deux fois plus, la note serait (\d+)", said)
    assert score is not None
    assert double is not None
    return parts, float(score[1]), double[1].strip(), float(double[2])


@pytest.mark.parametrize("name", NAMES)
def test_example_is_calculated_and_adds_up(
    client: Client, many: Release, many_release: Path, name: str
) -> None:
    """A mark is the mean of the parts, and counting one of them twice is that mean again."""
    found = told_by_engine(many_release, name)
    table, _ = table_of(found, many.seed)
    table = table[table["zone"].isin(many.zones.filter(kind="qpv").values_list("code", flat=True))]
    whole_rows = table[table["component"] == WHOLE].dropna(subset=["central"])
    text = text_of(client, f"{MANY}{name}/poids/")
    tree = found.tree
    weights = {c: float(tree.weights[tree.position(c)]) for c in tree.components}
    by_zone = table.pivot_table(index="zone", columns="component", values="central")
    by_zone = by_zone.reindex(columns=[*weights, WHOLE])
    means = sum(by_zone[c] * w for c, w in weights.items()) / sum(weights.values())
    if not ((means - by_zone[WHOLE]).abs() <= worked.NEAR).any():
        # Where a part is missing everywhere, a score is no mean of the parts: no example.
        assert "Un exemple" not in text
        return
    parts, score, doubled, then = marks(text)
    names = dict(many.zones.filter(kind="qpv").values_list("code", "name"))
    assert score in [round(x) for x in whole_rows["central"]]
    quoted = re.search(r"quartier (.+?)\. Chaque partie a une note", text)
    assert quoted is not None
    zone = next(code for code, label in names.items() if label == quoted[1])
    own = table[table["zone"] == zone].set_index("component")["central"]
    assert parts == [round(own[c]) for c in tree.components]
    assert score == round(own[WHOLE])
    assert abs(sum(weights[c] * own[c] for c in weights) / sum(weights.values()) - score) <= 1
    moved = next(c for c in weights if worked.plain(c) == doubled)
    weights[moved] *= 2
    assert abs(sum(weights[c] * own[c] for c in weights) / sum(weights.values()) - then) <= 1


def test_words_of_the_method_are_folded(client: Client, many: Release) -> None:
    for path in (MANY, f"{MANY}canicule/poids/"):
        html = unescape(client.get(path).content.decode())
        html = html.split("<main")[1].split("</main>")[0]
        seen = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL).lower()
        for word in ("normalisation", "agrégation", "composante", "pré-enregistr", "tirages"):
            assert word not in re.sub("<[^>]+>", " ", seen), (path, word)
        assert "normalisation" in html
    # Those who stay among the most exposed: what would change it, in plain words.
    assert "compte pour" in text_of(client, MANY)
    assert "le poids passe" not in text_of(client, MANY)


@pytest.mark.parametrize("name", NAMES)
def test_answer_is_that_of_the_engine(
    client: Client, many: Release, many_release: Path, name: str
) -> None:
    found = told_by_engine(many_release, name)
    first = found.tree.components[0]
    declared = float(found.tree.weights[found.tree.position(first)])
    proposed = reweighted(found, {first: 2 * declared})
    if not proposed.ranked:  # what is missing in some of them would weigh most
        text = text_of(client, f"{MANY}{name}/poids/?{first}=20")
        assert "Moins de 8 quartiers ont un score : on ne les classe pas." in text
        away = gaps(proposed)
        for i in np.flatnonzero(~np.isnan(away.epci)).tolist():
            assert f"{signed(away.epci[i])} {signed(away.epci_low[i])} à" in text
        return
    made = assess(proposed, seed=many.seed, runs=RUNS)
    before = assess(found, seed=many.seed, runs=RUNS)
    text = text_of(client, f"{MANY}{name}/poids/?{first}=20")
    names = dict(many.zones.filter(kind="qpv").values_list("code", "name"))
    for i, code in enumerate(made.units):
        classed = whole(made.classed[i])
        if made.classed[i] != before.classed[i]:
            classed = f"{whole(before.classed[i])} → {classed}"
            assert f"{names[code]} (classe {classed})" in text
        assert f"{names[code]} Classe {classed} Rang {whole(made.rank[i])} données" in text
        assert f"Parmi les plus exposés {squeezed(percent(made.probability[i, 0]))}" in text
        others = ", ".join(percent(p) for p in made.probability[i, 1:])
        assert squeezed(f"autres classes, dans l’ordre : {others}") in text
    driver = drivers(proposed, seed=many.seed).driver
    assert driver is None or curled(f"Ce qui pèse le plus : {FRENCH[driver]}") in text
    assert "Réponse sur 40 tirages des données et 500 calculs" in text


@pytest.mark.parametrize("name", NAMES)
def test_declared_weights_say_what_the_page_says(client: Client, many: Release, name: str) -> None:
    page, live = (text_of(client, f"{MANY}{name}/{end}") for end in ("", "poids/"))
    for zone in many.zones.filter(kind="qpv"):
        rank = re.search(
            rf"{re.escape(zone.name)} (Rang \d+ données : [^;]+; méthode : [\d à]+)", page
        )
        assert rank is not None
        assert rank[1].strip() in live
        chance = re.search(rf"{re.escape(zone.name)} (\d+ %) \d+ %", page)
        assert chance is not None
        assert f"Parmi les plus exposés {chance[1]}" in live[live.index(f"{zone.name} Classe") :]


@pytest.mark.parametrize("name", NAMES)
def test_reasons_compare_what_the_rank_compares(
    client: Client, many: Release, many_release: Path, name: str
) -> None:
    """Each is on the vulnerable side of the other neighbourhoods, whatever the whole is."""
    found = told_by_engine(many_release, name)
    table, directions = placed(found), dict(many.indicators.values_list("name", "direction"))
    for zone, names in pushes(found).items():
        for x in names:
            values = Value.objects.filter(
                zone__release=many, zone__kind="qpv", indicator__name=x, scenario="present"
            )
            central = {v.zone.code: v.central for v in values.select_related("zone")}
            middle = np.median([v for v in central.values() if v is not None])
            assert (central[zone] - middle) * directions[x] >= 0
            assert table[x].astype(float).to_dict()[zone] > MIDDLE
    text = text_of(client, f"{MANY}{name}/")
    assert "médiane des quartiers : " in text
    # The score of the page of a neighbourhood stands beside, on its own scale.
    first = many.zones.filter(kind="qpv").order_by("name")[0]
    own = text_of(client, f"/territoires/{many.territory.code}/quartiers/{first.code}/")
    beside = r"\d+ [\d–]+ dans l’agglomération : (\d+) \(([\d–]+)\)"
    below = re.search(rf"{re.escape(first.name)} (?:\w+ ?)+? {beside}", text)
    assert below is not None
    assert f"{below[1]} {below[2]}" in own


def test_few_answer_with_gaps(client: Client, public: Release, town_release: Path) -> None:
    found = told_by_engine(town_release, "canicule")
    away = gaps(reweighted(found, {"hazard": 0.0}))
    text = text_of(client, f"{FEW}canicule/poids/?hazard=0")
    assert "classe" not in text.split("Avec ces poids")[1].split("Cette page")[0]
    for i in np.flatnonzero(~np.isnan(away.epci)).tolist():
        assert f"{signed(away.epci[i])} {signed(away.epci_low[i])} à" in text


def test_other_choices_of_calculation(client: Client, many: Release) -> None:
    plain = text_of(client, f"{MANY}canicule/poids/")
    for choice in ("normalisation=min_max", "agregation=geometric"):
        assert text_of(client, f"{MANY}canicule/poids/?{choice}") != plain


def test_slider_or_number_without_script(client: Client, many: Release) -> None:
    """The one that was moved counts: the page says which figures it showed."""
    path = f"{MANY}energy/poids/"
    want = text_of(client, f"{path}?sensitivity=20")
    shown = {"sensitivity.vu": "10"}
    slid = {"sensitivity": "20", "sensitivity.n": "10", **shown}
    typed = {"sensitivity": "10", "sensitivity.n": "20", **shown}
    for given in (slid, typed):
        assert text_of(client, f"{path}?{urlencode(given)}") == want


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sensitivity": "-3"}, "« -3 » n’est pas un poids"),
        ({"sensitivity": "NaN"}, "« NaN » n’est pas un poids"),
        ({"sensitivity": "1e9"}, "« 1e9 » n’est pas un poids"),
        ({"sensitivity": "21"}, "« 21 » n’est pas un poids"),
        ({"sensitivity": "999"}, "« 999 » n’est pas un poids"),
        ({"sensitivity": "inf"}, "« inf » n’est pas un poids"),
        ({"sensitivity": "٣"}, "« ٣ » n’est pas un poids"),
        ({"sensitivity": ""}, "«  » n’est pas un poids"),
        ({"sensitivity": "9" * 2_000}, f"« {'9' * 40}… » n’est pas un poids"),
        ({"sensitivity": "0", "adaptive_capacity": "0"}, "Tout pèse zéro"),
        ({"transport_access_share": "0", "information_access_share": "0"},
         "Dans « manque de capacités », tout pèse zéro"),
        ({"hazard": "10"}, "« hazard » n’est pas un poids de cet indice"),
        ({"x" * 2_000: "1"}, "… » n’est pas un poids de cet indice"),
        ({"normalisation": "rank"}, "« rank » n’est pas un choix de calcul"),
        ({"agregation": "<b>"}, "« <b> » n’est pas un choix de calcul"),
    ],
)  # fmt: skip
def test_hostile_weights(client: Client, many: Release, given: dict[str, str], said: str) -> None:
    answer = client.get(f"{MANY}energy/poids/?{urlencode(given)}")
    assert answer.status_code == 422
    html = unescape(answer.content.decode()).replace("\u00a0", " ")
    assert said in html
    assert "<b>" not in answer.content.decode()
    if "sensitivity" in given:
        assert f'name="sensitivity.n" value="{given["sensitivity"]}"' in html  # what was typed
    assert "Rang" not in html.split("peuvent pas être lus")[1]


def test_partial_answer_says_its_address(client: Client, many: Release) -> None:
    answer = client.get(
        f"{MANY}energy/poids/?sensitivity=10&sensitivity.n=7,5&sensitivity.vu=10",
        headers={"hx-request": "true"},
    )
    assert "<html" not in answer.content.decode()
    assert answer["HX-Replace-Url"] == f"{MANY}energy/poids/?sensitivity=7%2C5"


# Rights


def test_visitor_learns_nothing_of_what_is_closed(
    browse: Callable[[str], Client], release: Release
) -> None:
    for path in (FEW, f"{FEW}air/", f"{FEW}air/poids/", "/territoires/999000001/croiser/"):
        assert browse("visitor").get(path).status_code == 404
        assert browse("officer_elsewhere").get(path).status_code == 404
        assert browse("officer").get(path).status_code == 200


def test_withheld_value_enters_no_public_score(
    browse: Callable[[str], Client], release: Release, many_release: Path
) -> None:
    many = Release.objects.get(territory__code="999000003")
    open_to(many, Circle.EVERYONE)
    landlord = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    zone = many.zones.filter(kind="qpv").order_by("code")[0]
    hidden = (zone.code, "dpe_f_g_share")
    row = Agreement.objects.create(
        release=many, landlord=landlord, zone=hidden[0], indicator=hidden[1]
    )
    all_of_it, without = (told_by_engine(many_release, "energy", h) for h in (None, hidden))
    said = []
    for found in (all_of_it, without):
        table, _ = table_of(found, many.seed)
        [own] = table[(table["zone"] == zone.code) & (table["component"] == "sensitivity")].to_dict(
            "records"
        )
        said.append(f"Sensibilité {whole(own['central'])} {span(own['low'], own['high'])}")
    assert said[0] != said[1]
    path = f"{MANY}energy/"
    for name, mine, other in (("facilitator", *said), ("visitor", *said[::-1])):
        profile = text_of(browse(name), path).split("hors du score")[0]
        lines = profile.split(f" {zone.name} ")[1]
        assert lines.startswith(mine), name
        assert not lines.startswith(other)
    shared = f"/territoires/999000003/indicateurs/{hidden[1]}/"
    assert "Des plus modestes aux plus aisés" not in text_of(browse("visitor"), shared)
    # The weights of a visitor are calculated without it too.
    figures = [
        assess(reweighted(found, {"sensitivity": 2.0}), seed=many.seed, runs=RUNS)
        for found in (without, all_of_it)
    ]
    chances = [percent(x.probability[x.units.index(zone.code), 0]) for x in figures]
    live = text_of(browse("visitor"), f"{path}poids/?sensitivity=20")
    line = live.split(f" {zone.name} Classe ")[1].split("Sous tous les poids")[0]
    assert f"Parmi les plus exposés {squeezed(chances[0])}" in line
    row.agreed_on = "2026-05-01"
    row.save()
    profile = text_of(browse("visitor"), path).split("hors du score")[0]
    assert profile.split(f" {zone.name} ")[1].startswith(said[0])


def test_who_lacks_what_weighs_most_has_no_score(many_release: Path, many: Release) -> None:
    """With all the weight on what is missing in a place, that place is told apart, not ranked."""
    found = told_by_engine(many_release, "energy")
    at = [found.tree.leaves.index(x) for x in found.composite.components["adaptive_capacity"]]
    values, draws = found.units.values.copy(), found.units.draws.copy()
    values[0, at], draws[0, at] = np.nan, np.nan
    holed = reweighted(replace(found, units=found.units._replace(values=values, draws=draws)))
    table, told = table_of(holed, many.seed, 50)
    basis = indices._basis(many.folder)
    all_told = indices.Told(holed, indices.rows_of(table), told, basis, basis.values)
    zones = list(many.zones.filter(kind="qpv"))
    labels = weighing.labels_of(holed, {})
    given = QueryDict("sensitivity=0")
    made = weighing.answer(all_told, weighing.asked_of(given, holed, labels), zones, many.seed)
    gone = next(z.name for z in zones if z.code == holed.units.zones[0])
    assert made.sentences[-1] == f"Sans score avec ces poids, faute de données : {gone}."
    assert gone not in [r.zone.name for r in made.ranked]
    assert len(made.ranked) == 8
