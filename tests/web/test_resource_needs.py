"""What a neighbourhood needs, what it has, what residents contradict, and what figures become."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given as given_by
from hypothesis import strategies as st

from labo import release as engine
from labo import without, words
from labo_web.accounts.models import Organisation
from labo_web.releases import reading
from labo_web.releases.models import Release, Value, Zone
from labo_web.resources import corrected, matching
from labo_web.resources.matching import Cover, Said
from labo_web.resources.models import Confirmation, Contradiction, Description, Verification
from labo_web.resources.needs import FRAGILITIES, HAZARDS, NEEDS, needs_by_hazard
from tests.web.conftest import first_qpv
from tests.web.rules_resources import contradicted, given

TODAY = dt.date(2026, 8, 14)
SQUARE = (
    '{"type":"Polygon","coordinates":[[[-0.59,47.43],[-0.58,47.43],[-0.58,47.44],[-0.59,47.44],'
    "[-0.59,47.43]]]}"
)
ZONE = Zone(code="Q", kind="qpv", geometry=SQUARE, west=-0.59, south=47.43, east=-0.58, north=47.44)
NOTHING_SAID = Said({}, {})
COOL, SHARE = "cool_indoor_place", "cool_indoor_access_share"


def sound(**more: Any) -> Description:
    """Return a description against which nothing stands, but that nobody confirmed."""
    fields: dict[str, Any] = {
        "resource_id": 1, "zone": "Q", "name": "Salle", "needs": ["cool_room"], "lon": -0.585,
        "lat": 47.435, "afternoon": "yes", "evening": "yes", "weekend": "yes", "in_heat": "same",
        "condition": "good", "fragilities": [], "checked_on": dt.date(2026, 7, 1),
    }  # fmt: skip
    return Description(**(fields | more))


def confirmed(day: dt.date = dt.date(2026, 6, 20)) -> Said:
    return Said({1: day}, {})


def cover(*rows: Description, said: Said | None = None, need: str = "cool_room") -> Cover:
    return matching.match(NEEDS[need], ZONE, rows, said or confirmed(), TODAY).cover


def test_covered_when_nothing_stands_against() -> None:
    assert cover(sound()) == Cover.COVERED
    assert cover() == Cover.MISSING
    assert cover(sound(zone="elsewhere", lon=None, lat=None)) == Cover.MISSING


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"checked_on": dt.date(2026, 5, 1)}, Cover.FRAGILE),
        ({"checked_on": None}, Cover.FRAGILE),
        ({"afternoon": "unknown"}, Cover.FRAGILE),
        ({"afternoon": "no"}, Cover.MISSING),
        ({"in_heat": "closed"}, Cover.MISSING),
        ({"condition": "worn"}, Cover.FRAGILE),
        ({"condition": "out"}, Cover.MISSING),
        ({"lon": None, "lat": None}, Cover.FRAGILE),
        # A kilometre away in straight line: 20 minutes at 3 km/h.
        ({"lon": -0.5717}, Cover.MISSING),
        ({"lon": -0.5790}, Cover.FRAGILE),
    ],
)
def test_what_stands_against(change: dict[str, Any], wanted: Cover) -> None:
    assert cover(sound(**change)) == wanted


def test_the_holder_confirms_each_summer() -> None:
    assert cover(sound(), said=NOTHING_SAID) == Cover.FRAGILE
    assert cover(sound(), said=confirmed(dt.date(2025, 7, 1))) == Cover.FRAGILE
    shade = sound(needs=["shade"])
    assert cover(shade, said=NOTHING_SAID, need="shade") == Cover.COVERED


@given_by(
    need=st.sampled_from(sorted(NEEDS)),
    more=st.sets(st.sampled_from(sorted(FRAGILITIES))),
    others=st.integers(0, 3),
)
def test_volunteers_alone_are_never_enough(need: str, more: set[str], others: int) -> None:
    volunteers = sound(needs=[need], fragilities=sorted(more | {"volunteers"}))
    rows = [volunteers] * (others + 1)
    assert cover(*rows, need=need) == Cover.FRAGILE
    assert cover(*rows, sound(needs=[need]), need=need) == Cover.COVERED


def test_a_contradiction_makes_fragile_and_verified_takes_out() -> None:
    x = Contradiction(pk=1, resource_id=1, claim="closed_august")
    body = Organisation(name="Ville")
    confirmations = confirmed().confirmed
    for verified, wanted in (
        (None, Cover.FRAGILE),
        (Verification(body=body, holds=True), Cover.MISSING),
        (Verification(body=body, holds=False), Cover.COVERED),
    ):
        assert cover(sound(), said=Said(confirmations, {1: [(x, verified)]})) == wanted


def test_the_table_of_needs() -> None:
    assert {x.hazard for x in NEEDS.values()} == set(HAZARDS)
    assert sum(len(rows) for _, rows in needs_by_hazard()) == len(NEEDS)
    for x in NEEDS.values():
        assert x.measures, x.id
        assert x.label[0].isupper()
        assert x.within is None or x.within.grade == "to_check"


def test_what_is_missing_is_a_candidate_solution(public: Release) -> None:
    zone = public.zones.get(code=first_qpv(public))
    found = matching.missing(zone, public.territory)
    assert [x.need.id for x in found] == list(NEEDS)
    x = given(public, published=True, needs=["care"], lon=None)
    given(public, published=False, needs=["shade"])
    by_need = {m.need.id: m for m in matching.missing(zone, public.territory)}
    assert by_need["care"].cover == Cover.FRAGILE
    assert [a.description.pk for a in by_need["care"].answers] == [x.pk]
    # What is not published answers nothing.
    assert by_need["shade"].cover == Cover.MISSING
    assert by_need["shade"].need.measures[0].hazards


def test_the_page_says_what_there_is_and_what_is_missing(public: Release, client: Client) -> None:
    code = first_qpv(public)
    given(public, published=True, zone=code, needs=["cool_room"], name="Salle des Lilas",
          fragilities=["volunteers"])  # fmt: skip
    path = f"/territoires/999000001/quartiers/{code}/ressources/"
    text = client.get(path).content.decode()
    assert "tenue par des bénévoles seulement" in text
    assert "Manque" in text
    assert "Pistes de solution" in text
    page = client.get(f"/territoires/999000001/quartiers/{code}/").content.decode()
    assert path in page
    assert "Ressources connues ici&nbsp;: 1" in page


@pytest.mark.parametrize("resources", [1, 12])
def test_the_page_asks_the_database_no_more_for_more(
    public: Release, client: Client, django_assert_max_num_queries: Any, resources: int
) -> None:
    code = first_qpv(public)
    for number in range(resources):
        x = given(public, published=True, zone=code, needs=["care"], name=f"Soin {number}")
        contradicted(public, resource=x.resource, zone=code)
    with django_assert_max_num_queries(30):
        client.get(f"/territoires/999000001/quartiers/{code}/ressources/")


def test_a_lived_in_page_of_a_neighbourhood_is_under_eight_queries(
    public: Release, client: Client, django_assert_max_num_queries: Any
) -> None:
    code = first_qpv(public)
    x = given(public, published=True, zone=code, needs=["care"], name="Soin")
    y = contradicted(public, resource=x.resource, zone=code)
    body = Organisation.objects.create(name="Ville", kind=Organisation.Kind.AUTHORITY)
    for holds in (False, True):
        Verification.objects.create(
            contradiction=y, body=body, holds=holds, found="vu", checked_on=dt.date(2026, 6, 20)
        )
    Confirmation.objects.create(
        resource=x.resource, body=body, capacity=3, liability="clés",
        confirmed_on=dt.date(2026, 6, 20),
    )  # fmt: skip
    address = f"/territoires/999000001/quartiers/{code}/"
    client.get(address)
    with django_assert_max_num_queries(7):
        client.get(address)
    with django_assert_max_num_queries(1):
        [(row, verified)] = Contradiction.objects.shown().with_newest()
    assert (row, verified is not None and verified.holds) == (y, True)
    assert Description.objects.published().get().confirmed_on == dt.date(2026, 6, 20)


# ---------------------------------------------------------------- contradictions


def felt(release: Release) -> tuple[str, str]:
    """Return a cool place whose loss is felt in a zone, alone, and the zone."""
    table = engine.read(release.folder).without
    table = table[(table["layer"] == "residents_near_cool_indoor")]
    table = table[~table["places"].str.contains(without.SEPARATOR, regex=False)]
    row = table.sort_values("change").iloc[0]
    return str(row["places"]), str(row["zone"])


def shown(release: Release, client: Client) -> str:
    return client.get(
        f"/territoires/{release.territory.code}/indicateurs/{SHARE}/"
    ).content.decode()


def test_what_a_resident_says_is_shown_at_once_and_its_words_once_read(
    public: Release, browse: Callable[[str], Client]
) -> None:
    visitor, officer = browse("visitor"), browse("officer")
    place, _ = felt(public)
    name = corrected.places_of(public.folder)[place].name
    sent = {"about": place, "claim": "closed_august", "text": "Rideau baissé depuis juillet."}
    answer = visitor.post("/territoires/999000001/signaler/", sent)
    assert answer.status_code == 302
    before = shown(public, visitor)
    assert f"<strong>{name}</strong>&nbsp;: fermé en août" in before
    assert "Rideau baissé" not in before
    assert "Lecture corrigée" not in before

    x = Contradiction.objects.get()
    assert (
        officer.post(f"/territoires/999000001/signaler/{x.pk}/", {"withheld": ""}).status_code
        == 302
    )
    assert "Rideau baissé" in shown(public, visitor)
    officer.post(f"/territoires/999000001/signaler/{x.pk}/", {"withheld": "insult"})
    assert name not in shown(public, visitor).split("Selon les habitants")[1]
    assert "contient des injures" in visitor.get(answer["Location"]).content.decode()


def verified(
    release: Release, place: str, *, holds: bool = True, claim: str = "closed_august"
) -> Contradiction:
    body, _ = Organisation.objects.get_or_create(name="Ville de Témoin", kind="authority")
    name = corrected.places_of(release.folder)[place].name
    x = contradicted(release, place=place, place_name=name, claim=claim, text="")
    Verification.objects.create(
        contradiction=x, body=body, holds=holds, found="Fermé du 1er au 31.", checked_on=TODAY
    )
    return x


def test_verified_it_corrects_the_reading_beside_the_figure_that_stays(
    public: Release, client: Client
) -> None:
    place, zone = felt(public)
    value = Value.objects.get(
        zone__release=public, zone__code=zone, indicator__name=SHARE, scenario="present"
    )
    first = words.figure(value.central, "1")
    assert first in shown(public, client)
    x = verified(public, place)
    found = engine.read(public.folder)
    table = without.corrected(found.layers, found.without, {COOL: [place]})
    row = table[(table["zone"] == zone) & (table["indicator"] == SHARE)]
    second = words.figure(float(row["central"].item()), "1")
    assert second != first
    text = shown(public, client)
    said = text.split("Selon les habitants")[1]
    assert f"inchangé&nbsp;: <strong>{first}</strong>" in said
    assert f"selon les habitants&nbsp;: <strong>{second}</strong>" in said
    assert "vérifié par Ville de Témoin le 14 août 2026" in said
    # The figure of the release is where it was, and so are files.
    assert first in text.split("Selon les habitants")[0]
    value.refresh_from_db()
    assert words.figure(value.central, "1") == first
    csv = client.get("/territoires/999000001/valeurs.csv").content.decode()
    assert f"{value.central:.6g}".replace(".", ",") in csv

    # Taken back, it corrects nothing any more.
    token = x.renew()
    x.save()
    assert client.post(f"/ressources/suivi/{token}/").status_code == 302
    again = shown(public, client)
    assert "Lecture corrigée" not in again
    assert x.place_name not in again.split("Selon les habitants")[1]


@pytest.mark.parametrize(
    ("holds", "claim"), [(False, "closed_august"), (True, "closed_evening"), (True, "other")]
)
def test_other_claims_and_denials_correct_nothing(
    public: Release, client: Client, *, holds: bool, claim: str
) -> None:
    place, _ = felt(public)
    verified(public, place, holds=holds, claim=claim)
    assert "Lecture corrigée" not in shown(public, client)


def test_a_resource_of_openstreetmap_corrects_too(public: Release, client: Client) -> None:
    place, _ = felt(public)
    x = given(public, published=True, source="osm", name="Médiathèque")
    x.resource.reference = place
    x.resource.save()
    body = Organisation.objects.create(name="Ville", kind="authority")
    said = contradicted(public, resource=x.resource)
    Verification.objects.create(
        contradiction=said, body=body, holds=True, found="Fermé.", checked_on=TODAY
    )
    assert "Lecture corrigée" in shown(public, client)


def test_what_may_not_be_shown_has_no_corrected_reading(public: Release) -> None:
    place, zone = felt(public)
    x = verified(public, place)
    row = Value.objects.select_related("zone", "indicator").get(
        zone__release=public, zone__code=zone, indicator__name=SHARE, scenario="present"
    )
    heard = [corrected.Heard(x, x.verifications.last(), of_team=False)]
    assert corrected.readings(public, heard, [row])
    row.central = None
    assert corrected.readings(public, heard, [row]) == {}


def test_a_release_that_names_no_place_still_hears_residents(
    public: Release, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labo_web.resources.adding.places_of", lambda _: {})
    text = client.get("/territoires/999000001/signaler/").content.decode()
    assert "Aucun lieu n’est connu ici" in text
    x = given(public, published=True, name="Salle des Lilas")
    sent = {"about": x.resource.number, "claim": "hard_to_enter"}
    assert client.post("/territoires/999000001/signaler/", sent).status_code == 302
    assert "Salle des Lilas" in shown(public, client)


def test_an_unknown_place_is_refused(public: Release, client: Client) -> None:
    sent = {"about": "node/1", "claim": "gone", "text": "Je le sais."}
    answer = client.post("/territoires/999000001/signaler/", sent)
    assert answer.status_code == 422
    assert "Je le sais." in answer.content.decode()
    assert not Contradiction.objects.exists()


def test_an_access_beside_what_is_missing_is_explained(public: Release, client: Client) -> None:
    zone = first_qpv(public)
    path = f"/territoires/999000001/quartiers/{zone}/ressources/"
    page = client.get(path)
    rows = [row for _, rows in page.context["groups"] for row in rows]
    told = {m.need.id: otherwise for m, _, otherwise in rows if otherwise}
    assert "et dont la structure a confirmé" in told["cool_room"]
    assert "la structure" not in told["care"]  # nobody has to confirm a doctor
    # Where no access is quoted, there is nothing to explain.
    signs = {m.need.id: sign for m, sign, _ in rows}
    assert not told.get("visits")
    assert signs["visits"]
    assert told["cool_room"] in " ".join(page.content.decode().split())


def test_how_much_a_source_covers_is_no_resource(public: Release) -> None:
    value = Value.objects.select_related("indicator", "zone").filter(
        zone__release=public, zone__code=first_qpv(public), indicator__name="canopy_share"
    )[0]
    value.central, value.gap, value.gap_low, value.gap_high = 0.9, 0.5, 0.4, 0.6
    canopy = reading.Reading(value, value.indicator, value, [{"id": "x"}])
    assert reading.resources([canopy]) == [canopy]
    value.indicator.name = "dpe_coverage"
    assert reading.resources([canopy]) == []
