"""A list under a budget on a page: the group's own first, errors in French, bounded time."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labo import equity
from labo import release as engine
from labo.catalogue import MEASURES
from labo.option_template import EXAMPLE
from labo.options import read_options
from labo.portfolio import Problem, solve
from labo_web.accounts.models import Organisation
from labo_web.atlas import option_list, portfolio_views
from labo_web.releases.models import Agreement, Release
from tests.web.conftest import first_qpv
from tests.web.test_solutions import plain, same

PATH = "/territoires/999000001/choisir/"
HEAD = (
    "id;label;site;zone;measure;quantity_max;capital_low;capital_central;capital_high;upkeep_low;"
    "upkeep_central;upkeep_high;benefit_low;benefit_central;benefit_high;unit;beneficiaries;chosen"
)


def table(zone: str, *rows: str) -> str:
    return "\n".join([HEAD, *(row.replace("ZONE", zone) for row in rows)])


SHADE = "ombre;Ombrière;cour;ZONE;shade_sail;1;50;100;200;1;2;4;10;20;40;resident * day;30;1"
TREES = "arbres;Arbres;rue;ZONE;plant_trees;3;40;80;120;1;2;4;20;30;50;resident * day;60;0"
VISITS = "visites;Visites;quartier;ZONE;home_visits;1;0;0;0;10;20;30;;;;;5;1"


def post(client: Client, path: Any = PATH, status: Any = 200, **given: Any) -> str:
    given = {"action": "calculer", "budget.n": "200", "plancher.n": "0"} | {
        name.replace("__", "."): value for name, value in given.items()
    }
    headers = {"HX-Request": "true"} if given.pop("live", False) else {}
    answer = client.post(path, given, headers=headers)
    html = answer.content.decode()
    assert answer.status_code == status, plain(html)[:900]
    if status == 200:
        assert re.findall(r"utilisateur|\bNone\b|\bnan\b|\binf\b|style=", html) == []
    return html


def test_it_begins_empty(client: Client, public: Release) -> None:
    html = client.get(PATH).content.decode()
    assert "La liste est vide" in html
    assert html.count("<h1") == 1
    assert "Partir du catalogue" in html


def test_the_own_list_comes_first(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    text = same(plain(post(client, liste=table(zone, SHADE, TREES, VISITS))))
    own, computed = text.index("Votre liste Effets"), text.index("Un second avis")
    assert own < computed
    first = text[own:computed]
    assert "1 × Ombrière" in first
    assert "100 € (50 à 200)" in first
    assert "à vérifier" in first
    assert "20,0 (10,0 à 40,0)" in first.replace("20 (10 à 40)", "20,0 (10,0 à 40,0)")
    assert "Sans chiffre d’effet, donc pas comptées : 1 option" in first
    assert "À dire avant de publier" in first
    assert "qui pourrait y perdre (loyers)" in first
    assert "Qui peut y perdre" in first


def test_the_second_opinion_is_the_engine_s(client: Client, public: Release, tmp_path: Any) -> None:
    zone = first_qpv(public)
    text = table(zone, SHADE, TREES, VISITS)
    html = same(plain(post(client, liste=text)))
    path = tmp_path / "options.csv"
    bare = "\n".join(line.rpartition(";")[0] for line in text.splitlines())
    path.write_text(bare, encoding="utf-8")
    found = engine.read(public.folder)
    listed = read_options(path, found.zone)
    groups = equity.groups_of(found)
    plan = solve(Problem(listed, equity.weighed(listed, groups), 200.0))
    assert plan is not None
    assert plan.quantities.tolist() == [0, 2, 0]
    assert "Ombrière" in html
    assert "1 → 0" in html
    assert "0 → 2" in html
    assert "1 sans effet modélisé" in html


def test_budget_and_floor_move_the_answer(client: Client, public: Release) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    small, large = (
        same(plain(post(client, liste=text, budget__n=b, live=True))) for b in ("90", "400")
    )
    assert "0 → 1" in small
    assert "0 → 3" in large
    assert "<h1" not in post(client, liste=text, live=True)
    floor = same(plain(post(client, liste=text, budget__n="90", plancher__n="95", live=True)))
    assert "Aucune liste ne respecte toutes les contraintes" in floor
    assert "le plancher de" in floor
    assert "Le plus haut plancher possible" in floor
    priced = same(plain(post(client, liste=text, plancher__n="20", live=True)))
    assert "Le plancher ne coûte rien" in priced


def test_a_slider_counts_where_the_number_was_not_typed(client: Client, public: Release) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    moved = {"budget": "400", "budget__n": "90", "budget__vu": "90"}
    assert "Budget 400 €" in same(plain(post(client, liste=text, live=True, **moved)))
    typed = moved | {"budget__n": "80"}
    assert "Budget 80 €" in same(plain(post(client, liste=text, live=True, **typed)))


def test_the_far_part_comes_by_itself(client: Client, public: Release) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    near, far = (
        post(client, liste=text, live=True),
        post(client, liste=text, live=True, part="loin"),
    )
    assert "Environnement et justice" not in near.replace("Environnement et justice, liste", "")
    assert 'class="shared plane"' in far
    assert "Les listes que l’on regretterait le moins" in far
    assert 'class="shared plane"' in post(client, liste=text)


def test_quantities_are_typed_beside_each_option(client: Client, public: Release) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    html = post(client, liste=text, q__0="0", q__1="2")
    assert "2 × Arbres" in same(plain(html))
    assert 'name="q.1" type="text" inputmode="numeric" size="5" value="2"' in html
    again = post(client, liste=text, q__1="-1", status=422)
    assert "« -1 » ne va pas" in same(plain(again))
    assert 'value="-1"' in again


def test_a_row_is_added_from_the_catalogue(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    new = {"n__measure": "plant_trees", "n__zone": zone, "n__site": "rue <b>", "n__quantity": "12"}
    html = post(client, action="ajouter", **new)
    text = same(plain(html))
    x = next(x for x in MEASURES if x.id == "plant_trees")
    cost = f"{12 * x.capital.central:,.0f} €".replace(",", " ")
    assert f"12 × {same(x.label)} (arbre)" in text
    assert cost in text
    assert "rue &lt;b&gt;" in html
    assert same(x.checks["charges"].says) in text
    assert "qui pourrait y perdre (départs d’habitants)" in text
    assert "il n’y a rien à comparer" in text
    effect = {"n__benefit_low": "1", "n__benefit_central": "2", "n__benefit_high": "3"}
    done = post(client, action="ajouter", n__unit="resident * day", **new, **effect)
    assert "24 (12 à 36)" in same(plain(done))


def test_a_row_that_is_wrong_stays_in_its_fields(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    html = post(client, action="ajouter", n__measure="plant_trees", n__zone=zone, status=422)
    assert "Écrivez le lieu" in html
    assert re.search(r'<option value="plant_trees" selected>', html)
    new = {"n__measure": "plant_trees", "n__zone": zone, "n__site": "rue", "n__quantity": "nan"}
    html = post(client, action="ajouter", liste=table(zone, SHADE), status=422, **new)
    assert "« nan » ne va pas" in same(plain(html))
    assert 'value="nan"' in html
    assert "Ombrière" in html
    assert "Choisissez une solution" in post(client, action="ajouter", status=422)


def test_the_example_says_that_it_is_invented(client: Client, public: Release) -> None:
    html = post(client, action="exemple", budget__n="500000")
    assert "inventés" in html
    assert EXAMPLE in html
    assert "Un second avis" in html


def test_the_catalogue_has_no_effects(client: Client, public: Release) -> None:
    html = post(client, action="catalogue")
    assert "inventés&nbsp;: ils" not in html
    assert "rien à comparer" in html
    assert html.count("pas de chiffre") >= portfolio_views.FROM_CATALOGUE


def test_a_file_is_read(client: Client, public: Release) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    for content in (text.encode("utf-8-sig"), text.encode("cp1252")):
        sent = SimpleUploadedFile("options.csv", content)
        assert "1 × Ombrière" in same(plain(post(client, fichier=sent)))
    heavy = SimpleUploadedFile("lourd.csv", b"x" * (option_list.MOST_CHARACTERS + 1))
    html = post(client, fichier=heavy, liste=text, status=422)
    assert "lourd.csv" in html
    assert "1 × Ombrière" in same(plain(html))
    binary = SimpleUploadedFile("options.xlsx", b"PK\x00\x01")
    assert "au format CSV" in post(client, fichier=binary, status=422)


WRONG = {
    "unknown column": ("id;couleur\na;b", "Colonne « couleur » inconnue"),
    "column missing": ("id;site\na;b", "Il manque des colonnes"),
    "column twice": (f"id;{HEAD}\na;b", "« id » est là deux fois"),
    "cost that is none": (
        f"{HEAD}\n{SHADE.replace(';50;', ';beaucoup;')}",
        "Ligne 2, colonne « capital_low » : « beaucoup » ne va pas",
    ),
    "NaN": (f"{HEAD}\n{SHADE.replace(';50;', ';NaN;')}", "« NaN » ne va pas"),
    "negative": (f"{HEAD}\n{SHADE.replace(';50;', ';-50;')}", "« -50 » ne va pas"),
    "low above central": (f"{HEAD}\n{SHADE.replace(';50;', ';500;')}", "bas ≤ central ≤ haut"),
    "cost missing": (f"{HEAD}\n{SHADE.replace(';100;', ';;')}", "il manque une valeur"),
    "same id": (f"{HEAD}\n{SHADE}\n{SHADE}", "« ombre » est déjà pris"),
    "elsewhere": (
        f"{HEAD}\n{SHADE.replace('ZONE', 'Atlantis')}",
        "« Atlantis » n’est pas un quartier",
    ),
    "too many values": (f"{HEAD}\n{SHADE};1;2", "valeurs pour 18 colonnes"),
    "needs another": (
        f"{HEAD};needs\n{SHADE};rien",
        "cette option demande « rien », qui n’est pas une autre option",
    ),
    "two units": (
        f"{HEAD}\n{SHADE}\n{TREES.replace('resident * day', 'm**3')}",
        "Attendu : la même unité dans toute la liste",
    ),
    "unit that is none": (
        f"{HEAD}\n{SHADE.replace('resident * day', 'glop')}",
        "« glop » ne va pas",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_list_is_told_and_kept(client: Client, public: Release, name: str) -> None:
    text, said = WRONG[name]
    text = text.replace("ZONE", first_qpv(public))
    html = post(client, liste=text, status=422)
    assert said in same(plain(html)), plain(html)[:700]
    kept = re.search(r'name="liste"[^>]*>(.*?)</textarea>', html, re.DOTALL)
    assert kept is not None
    assert text.splitlines()[-1].split(";")[0] in kept[1]


QUESTIONS = [
    ({"budget__n": "-1"}, "« -1 » n’est pas un budget"),
    ({"budget__n": "nan"}, "« nan » n’est pas un budget"),
    ({"budget__n": ""}, "Il manque le budget"),
    ({"entretien": "beaucoup"}, "« beaucoup » n’est pas un entretien par an"),
    ({"plancher__n": "120"}, "« 120 » n’est pas un plancher"),
    ({"but": "joie"}, "« joie » n’est pas un choix"),
    ({"plancher_de": "joie"}, "« joie » n’est pas un choix"),
]


@pytest.mark.parametrize(("given", "said"), QUESTIONS)
@pytest.mark.parametrize("live", [False, True])
def test_a_wrong_question_is_told(
    client: Client, public: Release, given: dict[str, str], said: str, live: bool
) -> None:
    text = table(first_qpv(public), SHADE, TREES)
    html = post(client, liste=text, status=422, live=live, **given)
    assert said in same(plain(html))


def test_a_floor_that_cannot_be_shared_is_told(client: Client, many: Release) -> None:
    codes = list(many.zones.filter(kind="qpv").values_list("code", flat=True))
    rows = [
        SHADE.replace("ZONE", code).replace("ombre;", f"ombre{n};") for n, code in enumerate(codes)
    ]
    path = PATH.replace("999000001", "999000003")
    html = post(client, path, liste="\n".join([HEAD, *rows]), plancher__n="30", status=422)
    assert "dépasse le tout : 11,1 % au plus" in same(plain(html))


def test_budget_of_nothing(client: Client, public: Release) -> None:
    text = same(plain(post(client, liste=table(first_qpv(public), SHADE, TREES), budget__n="0")))
    assert "Le budget est dépassé de 100 €" in text
    assert "Budget 0 €" in text


def test_ten_thousand_options_are_told_so(client: Client, public: Release) -> None:
    row = SHADE.replace("ZONE", first_qpv(public))
    rows = [row.replace("ombre;", f"o{n};") for n in range(10_000)]
    text = "\n".join([HEAD, *rows])
    assert len(text) < option_list.MOST_CHARACTERS
    sent = SimpleUploadedFile("options.csv", text.encode())
    html = post(client, fichier=sent, status=422)
    assert "10000 options : une page en lit 2000 au plus" in same(plain(html))
    assert "labo portfolio" in html


def test_what_takes_too_long_is_told_and_the_own_list_stays(
    client: Client, public: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio_views, "SECONDS", 0.0)
    text = same(plain(post(client, liste=table(first_qpv(public), SHADE, TREES))))
    assert "1 × Ombrière" in text
    assert "Le calcul n’a pas répondu" in text


def test_hidden_poverty_counts_for_nobody(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    text = table(zone, SHADE)
    before = same(plain(post(client, liste=text)))
    assert "de ménages pauvres" in before
    body, _ = Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")
    Agreement.objects.create(
        release=public, landlord=body, zone=zone, indicator="poverty_share"
    )  # fmt: skip
    assert "de ménages pauvres" not in same(plain(post(client, liste=text)))


def test_a_list_comes_back_as_it_was() -> None:
    text = table("QN1", SHADE, TREES, VISITS)
    found = option_list.read(text, {"QN1": "Ici"})
    again = option_list.read(option_list.text_of(found.rows), {"QN1": "Ici"})
    assert again.wrong == found.wrong == []
    assert again.options == found.options
    assert found.own is not None
    assert again.own is not None
    assert again.own.tolist() == found.own.tolist() == [1, 0, 1]


def test_a_budget_that_pays_for_nothing_says_so(client: Client, public: Release) -> None:
    zone = first_qpv(public)
    html = post(client, liste=table(zone, SHADE, TREES), budget__n="10")
    said = same(plain(html))
    assert "Rien ne tient dans 10 € : l’option la moins chère, " in said
    assert "regretterait" not in said
    assert "rien ne change" not in said


def test_the_unit_of_an_effect_is_chosen_in_french(client: Client, public: Release) -> None:
    html = client.get(PATH).content.decode()
    assert "jours-habitant de fraîcheur par an" in html
    assert "En anglais" not in html
    # A list has one unit: no other is proposed beside it.
    zone = first_qpv(public)
    html = post(client, liste=table(zone, SHADE))
    block = html[html.index('id="n-unit"') : html.index("</select>", html.index('id="n-unit"'))]
    assert re.findall(r'<option value="([^"]*)"', block) == ["", "resident * day"]
