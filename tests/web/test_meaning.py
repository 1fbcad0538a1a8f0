"""What heat, flood and air mean for a neighbourhood: plain sentences, chosen by one rule."""

import re
from html import unescape
from typing import Any

from django.test import Client

from labo import words
from labo.zone_fields import NO_DIFFERENCE
from labo_web.atlas import glossary, map_weight
from labo_web.atlas.index_reading import NO_PLACE, Share, of_nobody
from labo_web.atlas.indices import composites
from labo_web.atlas.meaning import TOPICS, meanings
from labo_web.atlas.reasons import OPPOSITE, SURE, UNSURE, against, preferred, reason
from labo_web.releases import maps
from labo_web.releases.kept import zones_of
from labo_web.releases.models import Indicator, Release, Value
from labo_web.releases.reading import BY_COMMUNE, Reading
from tests.web.conftest import first_qpv

HOME = "/territoires/999000001/"


def read(
    name: str,
    central: float | None,
    ends: tuple[float, float] | None = None,
    *,
    whole: float | None = None,
    gap: tuple[float, float] | None = None,
    **more: Any,
) -> Reading:
    """Return a reading made by hand; `gap`: the two ends of its gap to the agglomeration."""
    given: dict[str, Any] = {
        "unit": "1", "direction": 1, "component": "hazard", "hazards": ["heat"],
        "lowest": 0.0, "highest": 1.0, "reading": "Ici, on lit {value}.",
    }  # fmt: skip
    reason_of = more.pop("reason", "")
    x = Indicator(name=name, label=name, **(given | more))
    low, high = ends or (central, central)
    middle = None if gap is None else sum(gap) / 2
    v = Value(
        indicator=x, central=central, low=low, high=high, reason=reason_of, gap=middle,
        gap_low=gap and gap[0], gap_high=gap and gap[1],
    )  # fmt: skip
    return Reading(v, x, None if whole is None else Value(indicator=x, central=whole), [])


def of(hazard: str, *rows: Reading) -> Any:
    return next(m for m in meanings(rows) if m.topic.hazard == hazard)


def test_hot_by_day_and_not_by_night_are_both_said() -> None:
    day = read("hot_day_share", 0.9, (0.76, 1.0), whole=0.57, gap=(0.1, 0.4))
    night = read("hot_night_share", 0.05, (0.0, 0.2), whole=0.35, gap=(-0.35, -0.1))
    heat = of("heat", night, day)
    first, second = heat.said
    assert (
        first.text
        == "Ici, environ 9 habitants sur 10 vivent dans des rues qui chauffent fort le jour"
    )
    assert first.doubt == "pire qu’ailleurs dans l’agglomération, c’est assez sûr"
    assert "90,0" in first.figures
    assert "57,0" in first.figures
    assert second.text.startswith("Ici, environ 1 habitant sur 10 vit")
    assert second.doubt.startswith("mieux qu’ailleurs")
    # The worse one comes first, whatever its place in the declaration.
    day = read("hot_day_share", 0.3, (0.29, 0.31), whole=0.57, gap=(-0.3, -0.2))
    night = read("hot_night_share", 0.9, (0.88, 0.92), whole=0.35, gap=(0.4, 0.6))
    assert "la nuit" in of("heat", day, night).said[0].text


def test_nobody_is_said_and_never_hides_what_comes() -> None:
    none = read("flood_residents_share", 0.0, whole=0.02, gap=(-0.03, -0.01), hazards=["flood"])
    rain = read(
        "runoff_potential", 28.4, (23.0, 33.0), whole=10.9, gap=(12.0, 22.0), unit="mm",
        reading="Ici, {value} de pluie restent.", lowest=0.0, highest=50.0,
    )  # fmt: skip
    [alone] = of("flood", none).said
    assert alone.text == "Personne, ici, ne vit là où l’eau d’une crue peut venir"
    assert alone.doubt == "à ce que l’on sait"
    first, second = of("flood", none, rain).said
    assert first.text == f"Ici, {words.quantity(28.4, 'mm')} de pluie restent"
    assert second.text == alone.text
    # Somebody in an extreme flood is told before nobody in a common one, even where it is unsure.
    some = read("flood_extreme_residents_share", 0.1, (0.0, 0.4), whole=0.1, gap=(-0.2, 0.2))
    assert "exceptionnelle" in of("flood", none, some).said[0].text
    # A share that may be more than none is not nobody.
    maybe = read("flood_residents_share", 0.0, (0.0, 0.3), whole=0.02, gap=(-0.1, 0.2))
    assert "Personne" not in of("flood", maybe).said[0].text


def test_what_is_not_known_is_said() -> None:
    assert BY_COMMUNE == NO_DIFFERENCE
    assert of("air").missing == "on ne sait pas : cette donnée n’est pas dans la livraison"
    common = read("pm25_mean", None, reason=BY_COMMUNE)
    assert of("air", common).missing == (
        "on ne sait pas : la donnée est la même pour toute la commune"
    )
    other = read("pm25_mean", None, reason="en attente")
    assert of("air", other).missing == "on ne sait pas : en attente"
    wide = read("no2_above_who_share", 0.2, (0.0, 0.98), whole=0.7, gap=(-0.7, 0.3))
    [told] = of("air", wide).said
    assert told.doubt.endswith("pour dire si c’est mieux ou pire qu’ailleurs")
    narrow = read("no2_above_who_share", 1.0, (1.0, 1.0), whole=1.0, gap=(0.0, 0.0))
    [told] = of("air", narrow).said
    assert told.text.startswith("Ici, tous les habitants respirent")
    assert told.doubt == "comme ailleurs dans l’agglomération, à ce que l’on sait"


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_page_begins_with_heat_flood_and_air(client: Client, public: Release) -> None:
    for zone in public.zones.filter(kind="qpv"):
        html = page(client, f"{HOME}quartiers/{zone.code}/")
        told = html[html.index('class="meaning"') : html.index('class="onpage"')]
        assert html.index('class="meaning"') < html.index('id="en-bref"')
        for topic in TOPICS:
            assert f"<strong>{topic.title}.</strong>" in told
            if f'href="#profil-{topic.hazard}"' in told:
                assert f'id="profil-{topic.hazard}"' in html
        figures = re.findall(r"<small>([^<]+)</small>", told)
        assert len(figures) >= 2
        known = Value.objects.filter(zone=zone, scenario="present", central__isnull=False)
        shown = {
            text_of(words.figure(v.central, v.indicator.unit))
            for v in known.select_related("indicator")
        }
        for line in figures:
            assert any(text_of(line).startswith(figure) for figure in shown), line


def test_no_jargon_before_its_explanation(client: Client, public: Release) -> None:
    html = page(client, f"{HOME}quartiers/{first_qpv(public)}/")
    assert "en ménage fiscal&nbsp;: de" not in html
    text = text_of(html)
    assert "Ce qui peut arriver aléa" in text
    assert "Ce qui manque pour faire face manque de capacités" in text
    words_of = html.split('id="mots"')[1].split("</details>")[0]
    for word in ("winsorisé", "DPE", "maille de 1 km"):
        if word in html.replace(words_of, ""):
            assert f"<dt>{word}</dt>" in words_of
    assert glossary.used([]) == []
    counted = re.findall(r"Sur \d+ indicateurs? : [^.]+", text)
    assert counted
    for count, plural in re.findall(r"(\d+) (?:plus|moins) fragile(s?)", " ".join(counted)):
        assert (int(count) > 1) == bool(plural)


def test_two_figures_and_their_gap_agree(client: Client, public: Release) -> None:
    """« 34 contre 27 », « +8 »: the last digit follows the figures that are shown."""
    off = read("x", 34.4, (31.0, 38.0), whole=26.6, gap=(3.6, 12.0), unit="1 / km**2")
    assert (off.figure[:2], off.whole_figure[:2], off.gap[:2]) == ("34", "27", "+7")
    # A gap that is another thing than a difference, and a sure one that would read as none, stay.
    far = read("x", 34.4, whole=26.6, gap=(1.0, 3.0), unit="1 / km**2")
    assert far.gap.startswith("+2")
    small = read("x", 26.9, whole=26.6, gap=(0.6, 0.8), unit="1 / km**2")
    assert small.gap.startswith("+1")
    html = page(client, f"{HOME}quartiers/{first_qpv(public)}/")
    assert html.count("</td><td>+") > 3


def test_a_score_of_nobody_is_not_a_score(client: Client, public: Release) -> None:
    flood = [Share("flood_residents_share", 0.0, 0.0), Share("flood_dwellings_share", 0.0, 0.0004)]
    assert of_nobody(flood) == "personne, ici"
    assert of_nobody([*flood, Share("ppri_residents_share", None, None)]) == (
        "personne, à ce que l’on sait"
    )
    assert of_nobody([*flood, Share("ppri_residents_share", 0.0, 0.2)]) == ""
    assert of_nobody([Share("flood_residents_share", None, None)]) == ""
    assert of_nobody([Share("flood_dwellings_share", 0.0, 0.0)]) == "rien, ici"
    exposures = [
        "flood_residents_share", "flood_dwellings_share", "flood_extreme_residents_share",
        "ppri_residents_share", "submersion_residents_share", "submersion_climate_residents_share",
    ]  # fmt: skip
    zone = first_qpv(public)
    rows = Value.objects.filter(
        zone__release=public, zone__code=zone, scenario="present", indicator__name__in=exposures
    )
    rows.update(central=0.0, low=0.0, high=0.0)
    html = page(client, f"{HOME}quartiers/{zone}/")
    part = html.split("Vulnérabilité aux inondations", 1)[1].split("</table>")[0]
    assert "personne" in part
    exposed = part.split("présence exposée")[1].split("</tr>")[0]
    assert re.findall(r"\d", exposed.replace('colspan="2"', "")) == []


def test_an_index_of_places_denies_places_and_not_people(client: Client, public: Release) -> None:
    site = Share("polluted_site_500m_share", 0.0, 0.0)
    assert of_nobody([site]) == "aucun site pollué connu à moins de 500 m"
    assert of_nobody([Share("clay_houses_share", 0.0, 0.0)]) == (
        "aucune maison sur un sol argileux exposé"
    )
    assert of_nobody([site, Share("clay_houses_share", None, None)]).endswith("à ce que l’on sait")
    assert of_nobody([Share("polluted_site_500m_share", 0.0, 0.03)]) == ""
    # Beside a share of residents, it is people again.
    assert of_nobody([site, Share("flood_residents_share", 0.0, 0.0)]) == "personne, ici"
    asked = [c.components.get("exposure", ()) for c in composites(public)]
    assert set(NO_PLACE) <= {x for names in asked for x in names}
    zone = first_qpv(public)
    rows = Value.objects.filter(
        zone__release=public, zone__code=zone, indicator__name="polluted_site_500m_share"
    )
    assert rows.update(central=0.0, low=0.0, high=0.0)
    for path in (f"{HOME}quartiers/{zone}/", f"{HOME}indices/nature/"):
        text = page(client, path)
        assert "personne, ici" not in text.split("Manque de sols vivants")[-1].split("</table>")[0]
    part = page(client, f"{HOME}quartiers/{zone}/").split("Manque de sols vivants", 1)[1]
    assert "aucun site pollué connu à moins de 500 m" in part.split("</table>")[0].lower()


def test_map_has_names_a_sentence_and_its_weight(client: Client, public: Release) -> None:
    html = page(client, f"{HOME}quartiers/{first_qpv(public)}/")
    here = public.zones.get(code=first_qpv(public))
    drawing = html.split('<svg class="drawing"')[1].split("</svg>")[0]
    assert f">{here.name}</text>" in drawing
    assert f"Au centre&nbsp;: {here.name}" in html or f"Au centre : {here.name}" in text_of(html)
    weight = re.search(r"\(environ (\d+,\d)\s*Mo\)", text_of(html))
    assert weight is not None
    assert float(weight[1].replace(",", ".")) > 0.4
    tiles = (public.folder / map_weight.TILES).stat().st_size
    libraries = map_weight._libraries()
    assert libraries > 300_000
    assert float(weight[1].replace(",", ".")) * 1e6 >= tiles + libraries - 1e5
    assert 'aria-label="Légende' in html
    assert "Elle montre" in html


def test_names_on_a_drawing_do_not_touch(public: Release) -> None:
    zones = zones_of(public)
    for here in (z for z in zones if z.kind == "qpv"):
        found = maps.names(zones, maps.around(here), here.code)
        boxes = []
        for n in found:
            half = maps.LETTER * len(n["name"]) / 2
            assert half - 1 <= n["x"] <= maps.WIDTH - half + 1
            boxes.append((n["x"] - half, n["y"] - maps.LINE / 2, n["x"] + half, n["y"]))
        for i, one in enumerate(boxes):
            assert not any(maps._touch(one, two) for two in boxes[i + 1 :])
        if maps.LETTER * len(here.name) <= maps.WIDTH:
            assert found[0]["name"] == here.name


def test_a_first_reason_is_sure_or_says_that_it_is_not() -> None:
    opposite = read("hot_night_share", 0.11, (0.02, 0.2), whole=0.35, gap=(-0.3, -0.1))
    unsure = read("hot_day_share", 0.4, (0.1, 0.8), whole=0.35, gap=(-0.3, 0.4))
    ahead = read("no_car_share", 0.6, (0.5, 0.7), whole=0.5, gap=(-0.1, 0.2), hazards=["all"])
    worse = read("impervious_share", 0.5, (0.4, 0.6), whole=0.1, gap=(0.3, 0.5))
    among = [0.05, 0.3, 0.4]
    assert [against(r, among) for r in (opposite, unsure, ahead, worse)] == [
        OPPOSITE, UNSURE, SURE, SURE,
    ]  # fmt: skip
    ordered = sorted((opposite, unsure, ahead, worse), key=lambda r: preferred(r, among))
    assert [r.x.name for r in ordered] == [
        "impervious_share", "no_car_share", "hot_day_share", "hot_night_share",
    ]  # fmt: skip
    assert "incertain" not in reason(worse, among)
    assert reason(unsure, among).endswith(f"ce point est incertain, de {unsure.span}")
    assert "ici moins fragile" in reason(opposite, among)
    # What is better when it is high is ahead when its whole interval is under the median.
    lacking = read("care_access_share", 0.1, (0.0, 0.2), direction=-1)
    assert against(lacking, [0.3, 0.5]) == SURE


def test_six_questions_give_a_reason_for_each_name(client: Client, many: Release) -> None:
    html = page(client, f"/territoires/{many.territory.code}/indices/")
    for part in html.split('<section class="entry">')[1:]:
        text = text_of(part.split("</section>")[0])
        for name in re.findall(r"sur 10 : ([^.]+)\.", text) + re.findall(r"c’est (.+?) :", text):
            for one in re.split(", | et ", name):
                if not one[0].isdigit():
                    assert f"{one} . " in text, text
        assert "Ce qui pourrait le changer" in text
        assert "#pourquoi" in part
    few = page(client, f"/territoires/{many.territory.code}/quartiers/{first_qpv(many)}/")
    assert "quartier=" in few
