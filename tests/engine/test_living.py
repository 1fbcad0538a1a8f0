"""Housing, energy, living alone, work, associations: readers, formulas and the demo's files."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import labo.layers.energy as energy_layers
import labo.layers.living as living_layers
import labo.sources.ademe
import labo.sources.insee_iris
import labo.sources.onpe
import labo.sources.rna
from labo.demo import census, living
from labo.demo.city import City, raise_city
from labo.demo.form import FORMS
from labo.demo.site import Site
from labo.demo.truth import Zone
from labo.errors import BadInput
from labo.indicators import housing_energy
from labo.source import SOURCES, SourceFile
from tests import real_mirror


def the(source_id: str, path: Path, absent: tuple[str, ...] = ()) -> SourceFile:
    source = SOURCES[source_id]
    return SourceFile(
        source=source,
        path=path,
        vintage=source.vintage,
        sha256="",
        absent_columns=frozenset(absent),
    )


def written(folder: Path, source_id: str, text: str, encoding: str = "utf-8") -> SourceFile:
    (folder / "file.csv").write_text(text, encoding=encoding)
    return the(source_id, folder / "file.csv")


def refused(file: SourceFile, *words: str) -> None:
    with pytest.raises(BadInput) as caught:
        file.table()
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(file.path), *words):
        assert word in message


def told(file: SourceFile) -> list[tuple[str, int, str]]:
    return [(n.kind, n.count, n.text) for n in file.notices]


# The census by IRIS.

HEADERS = {
    "logement": "IRIS;COM;P21_RP;P21_RP_VOIT1P;C21_RP_HSTU1P;C21_RP_HSTU1P_SUROCC",
    "couples": "IRIS;P21_POP5579;P21_POP5579_PSEUL;P21_POP80P;P21_POP80P_PSEUL",
    "activite": "IRIS;C21_ACTOCC1564;C21_ACTOCC1564_CS1;C21_ACTOCC1564_CS6",
}
ROWS = {
    "logement": "490070101;49007;1000.5;600.25;900;90",
    "couples": "490070101;300;90;60;30",
    "activite": "490070101;800;8;192",
}


def census_file(folder: Path, name: str, rows: str | None = None, encoding: str = "utf-8"):
    text = f"{HEADERS[name]}\n{ROWS[name] if rows is None else rows}\n"
    return written(folder, f"insee_rp_iris_{name}_2021", text, encoding)


def test_dwellings_by_iris(tmp_path: Path) -> None:
    file = census_file(tmp_path, "logement")
    table = file.table()
    assert list(table["iris"]) == ["490070101"]
    assert living_layers.main_residences(table).tolist() == [1000.5]
    assert living_layers.residences_without_car(table).tolist() == [400.25]
    assert living_layers.rated_residences(table).tolist() == [900]
    assert living_layers.overcrowded_residences(table).tolist() == [90]
    assert file.notices == []


def test_rounding_makes_no_negative_count(tmp_path: Path) -> None:
    table = census_file(tmp_path, "logement", "490070101;49007;10;10.000001;9;1").table()
    assert living_layers.residences_without_car(table).tolist() == [0]


def test_who_lives_alone_by_iris(tmp_path: Path) -> None:
    table = census_file(tmp_path, "couples").table()
    assert living_layers.census_aged_55_plus(table).tolist() == [360]
    assert living_layers.aged_55_plus_alone(table).tolist() == [120]
    assert living_layers.census_aged_80_plus(table).tolist() == [60]
    assert living_layers.aged_80_plus_alone(table).tolist() == [30]


def test_occupations_by_iris(tmp_path: Path) -> None:
    table = census_file(tmp_path, "activite").table()
    assert living_layers.employed_15_64(table).tolist() == [800]
    assert living_layers.farmers_and_workers(table).tolist() == [200]


def test_the_archive_of_insee_has_a_dictionary_beside_the_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "base.zip", "w") as archive:
        archive.writestr("meta_base-ic-activite-residents-2021.CSV", "COD_VAR;LIB_VAR\nX;Libellé\n")
        text = f"{HEADERS['activite']}\n{ROWS['activite']}\n"
        archive.writestr("base-ic-activite-residents-2021.CSV", text)
    table = the("insee_rp_iris_activite_2021", tmp_path / "base.zip").table()
    assert list(table["iris"]) == ["490070101"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_census_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    text = "IRIS;LIBIRIS;C21_ACTOCC1564;C21_ACTOCC1564_CS1;C21_ACTOCC1564_CS6\n"
    text += "2A0040101;Côte-d'Été;10;1;2\n"
    table = written(tmp_path, "insee_rp_iris_activite_2021", text, encoding).table()
    assert list(table["iris"]) == ["2A0040101"]


def test_a_lost_leading_zero_is_put_back_and_told(tmp_path: Path) -> None:
    file = census_file(tmp_path, "couples", "10040101;3;1;2;1\n490070101;3;1;2;1")
    assert list(file.table()["iris"]) == ["010040101", "490070101"]
    assert told(file) == [("repaired", 1, "IRIS codes whose leading zero was lost")]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("49007;3;1;2;1", ["'49007'", "9 characters"]),
        (";3;1;2;1", ["'nan'", "9 characters"]),
        ("490070101;3;1;2;1\n490070101;3;1;2;1", ["'490070101' more than once"]),
        ("490070101;3;1;;1", ["no value", "'P21_POP80P'"]),
        ("490070101;-3;1;2;1", ["a negative value", "'P21_POP5579'"]),
        ("490070101;trois;1;2;1", ["'trois'", "line 2"]),
        ("", ["a header and no row"]),
    ],
)
def test_bad_lines_of_the_census_are_refused(rows: str, words: list[str], tmp_path: Path) -> None:
    refused(census_file(tmp_path, "couples", rows), *words)


@pytest.mark.parametrize("name", HEADERS)
def test_a_table_of_another_vintage_is_refused(name: str, tmp_path: Path) -> None:
    text = HEADERS[name].replace("21_", "22_") + "\n" + ROWS[name] + "\n"
    refused(written(tmp_path, f"insee_rp_iris_{name}_2021", text), "lacks", "21_", "it has IRIS")


@pytest.mark.parametrize("name", HEADERS)
def test_an_empty_census_is_refused(name: str, tmp_path: Path) -> None:
    refused(written(tmp_path, f"insee_rp_iris_{name}_2021", ""), "")


# Energy labels.

DPE: dict[str, object] = {
    "numero_dpe": "A",
    "numero_dpe_remplace": "",
    "date_etablissement_dpe": "2023-05-01",
    "type_batiment": "appartement",
    "annee_construction": 1965,
    "surface_habitable_logement": 61.5,
    "etiquette_dpe": "D",
    "etiquette_ges": "C",
    "indicateur_confort_ete": "moyen",
    "numero_etage_appartement": "2",
    "complement_adresse_logement": "Porte 12",
    "identifiant_ban": "49007_0600_00004",
    "_geopoint": "47.47,-0.55",
}


def dpe(folder: Path, *changes: Mapping[str, object], encoding: str = "utf-8") -> SourceFile:
    rows = pd.DataFrame([{**DPE, "numero_dpe": f"N{k}", **x} for k, x in enumerate(changes)])
    rows.to_csv(folder / "dpe.csv", index=False, encoding=encoding)
    return the("ademe_dpe_existants_2026", folder / "dpe.csv")


def test_a_label(tmp_path: Path) -> None:
    file = dpe(tmp_path, {"etiquette_dpe": "f", "indicateur_confort_ete": "Insuffisant"})
    table = file.table()
    assert table.drop(columns="geometry").to_dict("records") == [
        {
            "dpe": "N0",
            "label": "F",
            "house": False,
            "summer_comfort": "insuffisant",
            "area": 61.5,
            "year": 1965.0,
        }
    ]
    # 0.55° west, 47.47° north: Angers.
    assert table.crs.to_epsg() == 2154
    assert table.geometry.x[0] == pytest.approx(432_400, abs=500)
    assert table.geometry.y[0] == pytest.approx(6_714_600, abs=1_500)
    assert file.notices == []


def test_labels_are_counted_one_by_one(tmp_path: Path) -> None:
    labels, comforts = "ABCDEFG", ["bon", "moyen", "insuffisant", "", "", "insuffisant", "moyen"]
    changes = [
        {"etiquette_dpe": x, "indicateur_confort_ete": y, "complement_adresse_logement": x}
        for x, y in zip(labels, comforts, strict=True)
    ]
    table = dpe(tmp_path, *changes).table()
    assert energy_layers.diagnosed_dwellings(table).sum() == 7
    assert energy_layers.diagnosed_dwellings_f_g(table).tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert energy_layers.diagnosed_dwellings_of_known_comfort(table).sum() == 5
    assert energy_layers.diagnosed_dwellings_poor_summer_comfort(table).sum() == 2


def test_a_dwelling_counts_once_for_its_latest_label(tmp_path: Path) -> None:
    file = dpe(
        tmp_path,
        {"etiquette_dpe": "G", "date_etablissement_dpe": "2022-01-01"},
        {"etiquette_dpe": "C", "date_etablissement_dpe": "2024-06-01"},
        {"etiquette_dpe": "E", "date_etablissement_dpe": "2023-06-01"},
        {"etiquette_dpe": "B", "complement_adresse_logement": "Porte 13"},
    )
    assert sorted(file.table()["label"]) == ["B", "C"]
    assert told(file) == [("rejected", 2, "older DPE of the same dwelling (2 of 4)")]


def test_a_chain_of_replacements_leaves_the_last(tmp_path: Path) -> None:
    file = dpe(
        tmp_path,
        {"etiquette_dpe": "G"},
        {"etiquette_dpe": "F", "numero_dpe_remplace": "N0", "identifiant_ban": "elsewhere"},
        {"etiquette_dpe": "D", "numero_dpe_remplace": "N1", "surface_habitable_logement": 62},
    )
    assert list(file.table()["label"]) == ["D"]
    assert told(file) == [("rejected", 2, "DPE that a later one replaces (2 of 3)")]


def test_flats_alike_without_a_door_are_as_many_as_on_one_day(tmp_path: Path) -> None:
    alike = {"complement_adresse_logement": ""}
    day = [{"date_etablissement_dpe": d} | alike for d in ("2022-03-01",) * 3 + ("2024-03-01",)]
    assert len(dpe(tmp_path, *day).table()) == 3
    house = {"type_batiment": "maison", "numero_etage_appartement": ""}
    assert len(dpe(tmp_path, *[x | house for x in day]).table()) == 1


def test_dwellings_without_an_address_are_all_kept(tmp_path: Path) -> None:
    unknown = {"identifiant_ban": ""}
    assert len(dpe(tmp_path, unknown, unknown).table()) == 2


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    file = dpe(
        tmp_path,
        {},
        {"type_batiment": "immeuble"},
        {"etiquette_dpe": "N"},
        {"_geopoint": "", "complement_adresse_logement": "Porte 14"},
        {"_geopoint": "4.93,-52.31", "complement_adresse_logement": "Porte 15"},
    )
    assert list(file.table()["dpe"]) == ["N0"]
    assert told(file) == [
        ("rejected", 1, "DPE of whole buildings, not of dwellings (1 of 5)"),
        ("rejected", 1, "DPE without a label from A to G (1 of 4)"),
        ("rejected", 1, "DPE without coordinates (1 of 3)"),
        ("rejected", 1, "DPE located outside mainland France"),
    ]


def test_metres_serve_where_there_are_no_degrees(tmp_path: Path) -> None:
    x, y = labo.sources.ademe.METRES["x"][0], labo.sources.ademe.METRES["y"][0]
    file = dpe(tmp_path, {x: 432_000.0, y: 6_714_000.0})
    pd.read_csv(file.path).drop(columns="_geopoint").to_csv(file.path, index=False)
    table = file.table()
    assert (table.geometry.x[0], table.geometry.y[0]) == (432_000, 6_714_000)


def test_only_what_is_around_the_territory_is_read(tmp_path: Path) -> None:
    far = {"_geopoint": "48.0,-4.1", "complement_adresse_logement": "Porte 14"}
    table = dpe(tmp_path, {}, far).table((-0.6, 47.4, -0.5, 47.5))
    assert list(table["dpe"]) == ["N0"]
    assert list(table.index) == [0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_labels_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    file = dpe(tmp_path, {"complement_adresse_logement": "Étage élevé"}, encoding=encoding)
    assert len(file.table()) == 1


def test_labels_in_an_archive(tmp_path: Path) -> None:
    plain = dpe(tmp_path, {}).path
    with zipfile.ZipFile(tmp_path / "dpe.zip", "w") as archive:
        archive.write(plain, "dpe03existant.csv")
    assert len(the("ademe_dpe_existants_2026", tmp_path / "dpe.zip").table()) == 1


@pytest.mark.parametrize(
    "column",
    [
        "indicateur_confort_ete",
        "numero_dpe_remplace",
        "identifiant_ban",
        "complement_adresse_logement",
        "numero_etage_appartement",
        "surface_habitable_logement",
        "annee_construction",
    ],
)
def test_a_copy_without_a_column_that_says_so(column: str, tmp_path: Path) -> None:
    path = dpe(tmp_path, {}, {"complement_adresse_logement": "Porte 13"}).path
    pd.read_csv(path).drop(columns=column).to_csv(path, index=False)
    table = the("ademe_dpe_existants_2026", path, (column,)).table()
    assert len(table) == 2
    known = energy_layers.diagnosed_dwellings_of_known_comfort(table)
    assert known.isna().all() == (column == "indicateur_confort_ete")
    poor = energy_layers.diagnosed_dwellings_poor_summer_comfort(table)
    assert poor.isna().all() == (column == "indicateur_confort_ete")


@pytest.mark.parametrize("body", ["", " \n\n"])
def test_an_answer_with_nothing_in_it_is_refused(body: str, tmp_path: Path) -> None:
    file = written(tmp_path, "ademe_dpe_existants_2026", body)
    refused(file, "is empty", "answered without any record", "export the file from")


def answer(folder: Path, content: object) -> SourceFile:
    (folder / "lines.json").write_text(json.dumps(content), encoding="utf-8")
    return the("ademe_dpe_existants_2026", folder / "lines.json")


def test_an_answer_of_the_service(tmp_path: Path) -> None:
    # What is empty in every row is not sent.
    row = {k: v for k, v in DPE.items() if v != "" and k != "complement_adresse_logement"}
    file = answer(tmp_path, {"total": 1, "results": [row | {"numero_etage_appartement": 2}]})
    assert list(file.table()["label"]) == ["D"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"total": 300, "results": [DPE]}, ["1 of the 300 DPE", "to the last one"]),
        ({"total": 0, "results": []}, ["0 of the 0 DPE"]),
        ({"error": "quota"}, ["'results'", "ask again"]),
        ({"results": [{"numero_dpe": "A"}]}, ["lacks", "date_etablissement_dpe"]),
    ],
)
def test_answers_that_are_not_whole_are_refused(
    content: object, words: list[str], tmp_path: Path
) -> None:
    refused(answer(tmp_path, content), *words)


def test_a_full_page_may_hide_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labo.sources.ademe, "PAGE_ROWS", 2)
    file = dpe(tmp_path, {}, {"complement_adresse_logement": "Porte 13"})
    assert len(file.table()) == 2
    assert told(file)[0][0] == "missing"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"etiquette_dpe": ""}, ["no dwelling with an energy label", "'etiquette_dpe'"]),
        ({"date_etablissement_dpe": "01/05/2023"}, ["'01/05/2023'", "'2024-05-31'", "N0"]),
        ({"_geopoint": ""}, ["no DPE with coordinates", "'_geopoint'"]),
        ({"surface_habitable_logement": "grand"}, ["'grand'", "line 2"]),
    ],
)
def test_bad_labels_are_refused(
    change: dict[str, object], words: list[str], tmp_path: Path
) -> None:
    refused(dpe(tmp_path, change), *words)


@pytest.mark.parametrize("column", ["etiquette_dpe", "_geopoint", "indicateur_confort_ete"])
def test_labels_without_a_column_are_refused(column: str, tmp_path: Path) -> None:
    file = dpe(tmp_path, {})
    pd.read_csv(file.path).drop(columns=column).to_csv(file.path, index=False)
    refused(file, "lacks", column)


# Energy poverty.

GEODIP = "code_iris;nb_menages;tee_log;tee_mob\n"


def geodip(folder: Path, rows: str, encoding: str = "utf-8") -> SourceFile:
    return written(folder, "onpe_geodip_2021", GEODIP + rows, encoding)


def test_energy_poverty_by_iris(tmp_path: Path) -> None:
    file = geodip(tmp_path, "490070101;1000;120;80\n490070102;500;40;60\n")
    table = file.table()
    assert energy_layers.onpe_households(table).tolist() == [1000, 500]
    assert energy_layers.energy_poor_households(table).tolist() == [120, 40]
    assert energy_layers.fuel_poor_households(table).tolist() == [80, 60]
    assert file.notices == []


def test_communes_among_iris(tmp_path: Path) -> None:
    rows = "490070101;1000;120;80\n49007;1500;160;140\n49353;300;30;20\n1004;200;20;20\n"
    file = geodip(tmp_path, rows)
    assert list(file.table()["iris"]) == ["490070101", "493530000", "010040000"]
    assert told(file) == [
        ("repaired", 1, "commune codes whose leading zero was lost"),
        ("rejected", 1, "totals of communes whose IRIS are there too"),
        ("repaired", 2, "communes read as their only IRIS"),
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("490070101;1000;12;8\n490070102;900;9;8\n", ["1.1%", "look like percentages"]),
        ("490070101;10;12;8\n", ["12", "'tee_log'", "490070101", "10 households"]),
        ("490070101;1000;;8\n", ["no value", "'tee_log'"]),
        ("490070101;1000;120;8\n490070101;1;1;0\n", ["more than once"]),
        ("angers;1000;120;8\n", ["'angers'"]),
        ("", ["a header and no row"]),
    ],
)
def test_bad_energy_poverty_is_refused(rows: str, words: list[str], tmp_path: Path) -> None:
    refused(geodip(tmp_path, rows), *words)


def test_energy_poverty_without_a_column(tmp_path: Path) -> None:
    text = "code_iris;nom;nb_menages;tee_log\n490070101;Évière;1000;120\n"
    file = written(tmp_path, "onpe_geodip_2021", text, "cp1252")
    refused(file, "lacks", "tee_mob")
    partial = the("onpe_geodip_2021", file.path, ("tee_mob",))
    assert partial.table()["fuel_poor"].isna().all()


# Associations.

RNA = "id;titre;adrs_codeinsee;position;latitude;longitude;result_score;result_type\n"
SEAT = "W491000001;Les Amis;49007;A;47.47;-0.55;0.9;housenumber\n"


def rna(folder: Path, rows: str, encoding: str = "utf-8") -> SourceFile:
    return written(folder, "rna_waldec_2026", RNA + rows, encoding)


def test_associations(tmp_path: Path) -> None:
    rows = SEAT + (
        "W491000002;Dissoute;49007;D;47.47;-0.55;0.9;housenumber\n"
        "W491000001;Les Amis;49007;A;47.47;-0.55;0.9;housenumber\n"
        "W491000003;Vague;49007;A;47.47;-0.55;0.9;municipality\n"
        "W491000004;Incertaine;49007;A;47.47;-0.55;0.2;street\n"
        "W491000005;Sans adresse;49007;A;;;;\n"
        "W011000006;De l'Ain;1004;A;45.95;5.35;0.8;street\n"
    )
    file = rna(tmp_path, rows)
    table = file.table()
    assert list(table["association"]) == ["W491000001", "W011000006"]
    assert list(table["commune"]) == ["49007", "01004"]
    assert table.crs.to_epsg() == 2154
    assert living_layers.associations(table).tolist() == [1, 1]
    assert told(file) == [
        ("rejected", 1, "associations dissolved or struck off"),
        ("rejected", 1, "associations given twice, taken once"),
        ("repaired", 1, "commune codes whose leading zero was lost"),
        ("rejected", 3, "associations whose address was not found"),
    ]


def test_associations_around_a_territory_in_another_encoding(tmp_path: Path) -> None:
    rows = SEAT.replace("Amis", "Théâtre") + "W2;É;29232;A;48.0;-4.1;0.9;street\n"
    table = rna(tmp_path, rows, "cp1252").table((-0.6, 47.4, -0.5, 47.5))
    assert list(table["association"]) == ["W491000001"]


def test_the_register_as_it_is_published_has_no_coordinates(tmp_path: Path) -> None:
    text = "id;adrs_codeinsee;position\nW491000001;49007;A\n"
    file = written(tmp_path, "rna_waldec_2026", text)
    refused(file, "without latitude and longitude", "national address service")


def test_a_register_of_the_dissolved_is_refused(tmp_path: Path) -> None:
    refused(rna(tmp_path, SEAT.replace(";A;", ";D;")), "no registered association", "'A'")


def test_a_register_that_was_not_found_is_refused(tmp_path: Path) -> None:
    refused(rna(tmp_path, SEAT.replace("housenumber", "municipality")), "no association whose")


def test_a_register_without_positions_is_refused(tmp_path: Path) -> None:
    text = (RNA + SEAT).replace("position", "etat")
    refused(written(tmp_path, "rna_waldec_2026", text), "lacks", "position")


# Formulas, by hand.


@pytest.mark.parametrize(
    ("name", "part", "whole", "expected"),
    [
        ("overcrowding_share", 90, 900, 0.1),
        ("no_car_share", 400, 1000, 0.4),
        ("aged_80_plus_alone_share", 30, 60, 0.5),
        ("aged_55_plus_alone_share", 120, 360, 1 / 3),
        ("heat_exposed_jobs_share", 200, 800, 0.25),
        ("dpe_f_g_share", 15, 100, 0.15),
        ("poor_summer_comfort_share", 20, 80, 0.25),
        ("dpe_coverage", 450, 1000, 0.45),
        ("energy_poverty_share", 120, 1000, 0.12),
        ("fuel_poverty_share", 80, 1000, 0.08),
        ("associations_per_1000", 42, 2000, 21),
    ],
)
def test_formulas(name: str, part: float, whole: float, expected: float) -> None:
    formula = getattr(housing_energy, name)
    found = formula(np.array([part, 0.0, 5.0]), np.array([whole, 0.0, 0.0]))
    assert found[0] == pytest.approx(expected)
    assert np.isnan(found[1:]).all()
    draws = formula(np.full((2, 3), float(part)), np.full((2, 3), float(whole)))
    assert draws == pytest.approx(np.full((2, 3), expected))


# The demo's files.


@pytest.fixture(scope="module")
def city() -> City:
    return raise_city(FORMS["edge_estates"], 12_000, (430_000.0, 6_710_000.0), 1, 0)


def site_of(folder: Path, city: City) -> Site:
    communes = [f"99{k:03d}" for k in range(int(city.commune.max()) + 1)]
    iris = census.iris_codes(city, communes)
    recent = [p for p in city.perimeters if p.generation == 2024]
    zones = [Zone("qpv", "2024", f"QN099{k:02d}M", p.geometry) for k, p in enumerate(recent)]
    zones.append(Zone("epci", "", "999000001", None))
    return Site(folder, "ville-temoin", city, 0, communes, iris, zones, [1, 0, 200])


@pytest.fixture(scope="module")
def demo(city: City, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("living")
    return folder, living.write(site_of(folder, city))


def read(folder: Path, source_id: str) -> pd.DataFrame:
    return the(source_id, folder / living.SOURCES[source_id][0]).table()


def truth_of(truth: pd.DataFrame) -> "pd.Series[float]":
    return truth[truth["zone_kind"] == "epci"].set_index("indicator")["value"]


def test_files_of_the_demo_are_declared_sources() -> None:
    for source_id, (_, vintage) in living.SOURCES.items():
        assert SOURCES[source_id].vintage == vintage


def test_the_same_city_gives_the_same_bytes(
    demo: tuple[Path, pd.DataFrame], city: City, tmp_path: Path
) -> None:
    folder, truth = demo
    again = living.write(site_of(tmp_path, city))
    pd.testing.assert_frame_equal(truth, again)
    for name, _ in living.SOURCES.values():
        first, second = (hashlib.sha256((p / name).read_bytes()) for p in (folder, tmp_path))
        assert first.digest() == second.digest(), name


def test_a_second_territory_is_added_to_the_files(city: City, tmp_path: Path) -> None:
    site = site_of(tmp_path, city)
    living.write(site)
    once = {n: (tmp_path / n).read_text("utf-8") for n, _ in living.SOURCES.values()}
    beside = Site(
        tmp_path, "autre", city, 1, site.codes, [f"98{x[2:]}" for x in site.iris], site.zones,
        [1, 1, 200],
    )  # fmt: skip
    living.write(beside)
    for name, text in once.items():
        both = (tmp_path / name).read_text("utf-8")
        assert both.startswith(text)
        assert both.count(text.split("\n", 1)[0]) == 1
    for source_id in living.SOURCES:
        assert len(read(tmp_path, source_id)) > 0


def test_truth_is_about_everyone_and_in_every_zone(demo: tuple[Path, pd.DataFrame]) -> None:
    _, truth = demo
    assert set(truth["concept"]) == {"all"}
    names = {x for x in dir(housing_energy) if x.endswith(("_share", "_coverage", "_per_1000"))}
    for _, zone in truth.groupby("zone"):
        assert set(zone["indicator"]) == names
    shares = truth[~truth["indicator"].isin(["associations_per_1000", "dpe_coverage"])]
    assert shares["value"].between(0, 1).all()


def test_the_census_says_the_truth_where_everyone_is_asked(
    demo: tuple[Path, pd.DataFrame],
) -> None:
    """A commune of fewer than 10,000 residents is not sampled; the demo's main one is."""
    folder, truth = demo
    told = truth_of(truth)
    homes, people, jobs = (
        read(folder, f"insee_rp_iris_{name}_2021") for name in ("logement", "couples", "activite")
    )
    found = {
        "overcrowding_share": living_layers.overcrowded_residences(homes).sum()
        / living_layers.rated_residences(homes).sum(),
        "no_car_share": living_layers.residences_without_car(homes).sum()
        / living_layers.main_residences(homes).sum(),
        "aged_55_plus_alone_share": living_layers.aged_55_plus_alone(people).sum()
        / living_layers.census_aged_55_plus(people).sum(),
        "aged_80_plus_alone_share": living_layers.aged_80_plus_alone(people).sum()
        / living_layers.census_aged_80_plus(people).sum(),
        "heat_exposed_jobs_share": living_layers.farmers_and_workers(jobs).sum()
        / living_layers.employed_15_64(jobs).sum(),
    }
    for name, value in found.items():
        assert value == pytest.approx(told[name], abs=0.06), name


def test_the_three_census_files_come_from_one_sample(
    demo: tuple[Path, pd.DataFrame], city: City
) -> None:
    folder, _ = demo
    counted = census.census(city, site_of(folder, city).iris, [1, 0, 101])
    homes = read(folder, "insee_rp_iris_logement_2021")
    assert homes["main_residences"].to_numpy() == pytest.approx(counted["P21_RP"].to_numpy())


def test_labels_of_the_demo(demo: tuple[Path, pd.DataFrame]) -> None:
    folder, truth = demo
    told = truth_of(truth)
    file = the("ademe_dpe_existants_2026", folder / "dpe_existants.csv")
    table = file.table()
    # Everything that Ademe's file has is there: repetitions, buildings, holes.
    assert {text.split(" (")[0] for _, _, text in (
        (n.kind, n.count, n.text) for n in file.notices
    )} == {
        "DPE that a later one replaces",
        "DPE of whole buildings, not of dwellings",
        "older DPE of the same dwelling",
        "DPE without coordinates",
    }  # fmt: skip
    assert 0.3 < told["dpe_coverage"] < 0.6
    raw = pd.read_csv(folder / "dpe_existants.csv", dtype=str)
    assert len(raw) > 1.08 * len(table)
    homes = read(folder, "insee_rp_iris_logement_2021")["main_residences"].sum()
    # Without those that have no coordinates.
    assert len(table) / homes == pytest.approx(0.96 * told["dpe_coverage"], rel=0.03)
    leaky = energy_layers.diagnosed_dwellings_f_g(table).mean()
    assert leaky == pytest.approx(told["dpe_f_g_share"], abs=0.06)
    known = energy_layers.diagnosed_dwellings_of_known_comfort(table).sum()
    poor = energy_layers.diagnosed_dwellings_poor_summer_comfort(table).sum() / known
    assert poor == pytest.approx(told["poor_summer_comfort_share"], abs=0.06)


def test_energy_poverty_of_the_demo_is_a_model(demo: tuple[Path, pd.DataFrame]) -> None:
    folder, truth = demo
    told = truth_of(truth)
    table = read(folder, "onpe_geodip_2021")
    share = table["energy_poor"].sum() / table["onpe_households"].sum()
    assert share == pytest.approx(told["energy_poverty_share"], rel=0.2)
    assert share != pytest.approx(told["energy_poverty_share"], rel=1e-6)


def test_associations_of_the_demo(demo: tuple[Path, pd.DataFrame], city: City) -> None:
    folder, truth = demo
    found = len(read(folder, "rna_waldec_2026"))
    told = truth_of(truth)["associations_per_1000"] * city.residents / 1_000
    assert 0.85 * told < found <= told


# A real file.


def test_the_real_iris_of_the_four_territories(tmp_path: Path) -> None:
    path = real_mirror.data_folder() / "iris" / "insee_rp2021_iris_bretagne_pdl.csv"
    if not path.is_file():
        pytest.skip(f"real data are not there: {path}")
    given = pd.read_csv(path, dtype={"iris": str, "com": str})
    # The public copy has neither cars nor rooms: only what is in it is compared.
    renamed = given.rename(columns={"iris": "IRIS", "res_principales": "P21_RP"})
    renamed.to_csv(tmp_path / "base-ic-logement.csv", sep=";", index=False)
    missing = tuple(x for x in labo.sources.insee_iris.DWELLINGS.values() if x != "P21_RP")
    file = the("insee_rp_iris_logement_2021", tmp_path / "base-ic-logement.csv", missing)
    table = file.table()
    assert len(table) == len(given)
    assert table["main_residences"].sum() == given["res_principales"].sum()
    assert table.attrs["absent"] == [
        "residences_with_car",
        "rated_residences",
        "overcrowded_residences",
    ]
    assert living_layers.residences_without_car(table).isna().all()
