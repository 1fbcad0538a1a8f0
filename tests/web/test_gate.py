"""Opening a release: one circle at a time, and time to answer before everyone."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from labo_web.accounts.models import Circle, Organisation
from labo_web.releases.gate import after_working_days, decide, easter, steps
from labo_web.releases.models import Agreement, Decision, Release
from tests.web.conftest import open_to

DAY = dt.date(2026, 2, 2)


def test_easter() -> None:
    assert easter(2024) == dt.date(2024, 3, 31)
    assert easter(2025) == dt.date(2025, 4, 20)
    assert easter(2038) == dt.date(2038, 4, 25)


def test_fifteen_working_days() -> None:
    # From Monday 2 March 2026, with no holiday: three whole weeks, then the next day.
    assert after_working_days(dt.date(2026, 3, 2)) == dt.date(2026, 3, 24)
    # May 2026 has 1, 8, 14 (Ascension) and 25 (Whit Monday).
    assert after_working_days(dt.date(2026, 4, 30)) == dt.date(2026, 5, 28)


def test_one_circle_at_a_time(release: Release) -> None:
    with pytest.raises(ValidationError, match="comité technique"):
        decide(release, Circle.EVERYONE, DAY, person=None, restitution_on=DAY)
    decide(release, Circle.COTECH, DAY, person=None)
    with pytest.raises(ValidationError, match="déjà ouverte"):
        decide(release, Circle.COTECH, DAY, person=None)
    with pytest.raises(ValidationError, match="date qui suit"):
        decide(release, Circle.COPIL, DAY - dt.timedelta(1), person=None)
    with pytest.raises(ValidationError, match="futur"):
        decide(release, Circle.COPIL, dt.date.today() + dt.timedelta(2), person=None)  # noqa: DTZ011
    decide(release, Circle.COPIL, DAY, person=None)
    with pytest.raises(ValidationError, match="restitution"):
        decide(release, Circle.EVERYONE, DAY, person=None)
    with pytest.raises(ValidationError, match="24/03/2026"):
        decide(release, Circle.EVERYONE, dt.date(2026, 3, 23), person=None,
               restitution_on=dt.date(2026, 3, 2))  # fmt: skip
    decide(release, Circle.EVERYONE, dt.date(2026, 3, 24), person=None,
           restitution_on=dt.date(2026, 3, 2))  # fmt: skip
    # It can be taken back, and history keeps all of it.
    decide(release, Circle.TEAM, dt.date(2026, 4, 1), person=None, note="une erreur")
    assert list(Decision.objects.filter(release=release).values_list("circle", flat=True)) == [
        Circle.TEAM, Circle.COTECH, Circle.COPIL, Circle.EVERYONE, Circle.TEAM
    ]  # fmt: skip


def test_agreement_that_reserves_it_to_the_team(release: Release) -> None:
    release.team_only = True
    with pytest.raises(ValidationError, match="réserve"):
        decide(release, Circle.COTECH, DAY, person=None)


def test_decision_on_the_page(browse: Callable[[str], Client], release: Release) -> None:
    page, path = f"/livraisons/{release.code}/", f"/livraisons/{release.code}/ouvrir/"
    given = {"circle": Circle.COTECH.value, "decided_on": "2026-02-02", "note": "vu ensemble"}
    for name, status in {
        "visitor": 404, "contributor": 404, "officer_elsewhere": 404, "officer": 302
    }.items():  # fmt: skip
        assert browse(name).post(path, given).status_code == status, name
    assert "vu ensemble" in browse("officer").get(page).content.decode()
    again = browse("facilitator").post(path, given | {"note": "deux fois"})
    assert again.status_code == 422
    assert "déjà ouverte" in again.content.decode()
    assert "deux fois" in again.content.decode()
    assert browse("officer").post(path, {"circle": "9", "decided_on": "hier"}).status_code == 422
    assert browse("officer").post(path, given | {"note": "x" * 3_000}).status_code == 422


def test_value_of_one_landlord_waits_for_its_agreement(
    browse: Callable[[str], Client], release: Release
) -> None:
    landlord = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    zone = release.zones.filter(kind="qpv").first()
    assert zone is not None
    row = Agreement.objects.create(
        release=release, landlord=landlord, zone=zone.code, indicator="social_housing_share"
    )
    open_to(release, Circle.EVERYONE)
    path = f"/api/releases/{release.code}/values?zone={zone.code}&indicator=social_housing_share"

    def value(name: str) -> dict[str, Any]:
        return browse(name).get(path).json()["items"][0]

    assert value("officer")["central"] is not None
    hidden = value("visitor")
    assert hidden["central"] is None
    assert "bailleur" in hidden["reason"]
    page = browse("visitor").get(f"/territoires/999000001/quartiers/{zone.code}/")
    assert "accord écrit manque" in page.content.decode()
    row.agreed_on = DAY
    row.save()
    assert value("visitor")["central"] is not None


def test_steps_say_who_when_and_what_comes_next(
    browse: Callable[[str], Client], people: dict[str, Any], release: Release
) -> None:
    people["officer"].name = "Odile Martin"
    people["officer"].save()
    officer, page = browse("officer"), f"/livraisons/{release.code}/"
    early = officer.post(f"{page}restitution/", {"held_on": "2026-03-02"})
    assert early.status_code == 422
    assert "comité de pilotage" in early.content.decode()
    officer.post(f"{page}ouvrir/", {"circle": 2, "decided_on": "2026-02-02"})
    html = officer.get(page).content.decode()
    assert "décidé le 2 février 2026 par Odile Martin" in html
    assert "Peut être décidée dès maintenant" in html
    assert "Après l’ouverture à : comité de pilotage" in html
    officer.post(f"{page}ouvrir/", {"circle": 3, "decided_on": "2026-02-09"})
    assert "Après une restitution aux habitants" in officer.get(page).content.decode()
    refused = officer.post(f"{page}ouvrir/", {"circle": 4, "decided_on": "2026-03-23"})
    assert "Notez d’abord la restitution" in refused.content.decode()
    tomorrow = dt.date.today() + dt.timedelta(1)  # noqa: DTZ011
    future = officer.post(f"{page}restitution/", {"held_on": str(tomorrow), "note": "bientôt"})
    assert future.status_code == 422
    assert "bientôt" in future.content.decode()
    officer.post(
        f"{page}restitution/", {"held_on": "2026-03-02", "note": "à la maison de quartier"}
    )
    html = officer.get(page).content.decode()
    assert "à la maison de quartier" in html
    assert "jusqu’au 23 mars 2026 inclus" in html
    refused = officer.post(f"{page}ouvrir/", {"circle": 4, "decided_on": "2026-03-23"})
    assert "24/03/2026" in refused.content.decode()
    done = officer.post(f"{page}ouvrir/", {"circle": 4, "decided_on": "2026-03-24"})
    assert done.status_code == 302
    assert "après la restitution du 2 mars 2026" in browse("visitor").get(page).content.decode()


def test_what_was_taken_back_is_to_be_decided_again(release: Release) -> None:
    open_to(release, Circle.COPIL)
    decide(release, Circle.TEAM, dt.date(2026, 6, 1), person=None)
    found = steps(release, list(release.decisions.all()), None)
    assert [s.decision is not None for s in found] == [True, False, False, False]
    assert [s.is_next for s in found] == [False, True, False, False]
    assert found[0].decision is not None
    assert found[0].decision.decided_on == dt.date(2026, 6, 1)


def test_reserved_release_says_so(browse: Callable[[str], Client], release: Release) -> None:
    Release.objects.filter(pk=release.pk).update(team_only=True)
    page = f"/livraisons/{release.code}/"
    assert "réserve cette livraison à l’équipe" in browse("officer").get(page).content.decode()
    for circle in (2, 4):
        given = {"circle": circle, "decided_on": "2026-02-02"}
        assert browse("officer").post(f"{page}ouvrir/", given).status_code == 422
    assert Decision.objects.filter(release=release).count() == 1


def test_agreement_of_a_landlord_on_its_page(
    browse: Callable[[str], Client], public: Release
) -> None:
    landlord = Organisation.objects.create(name="Bailleur (fictif)", kind="landlord")
    zone = public.zones.filter(kind="qpv").order_by("code")[0]
    page, list_page = f"/territoires/999000001/quartiers/{zone.code}/", (
        f"/livraisons/{public.code}/accords/"
    )  # fmt: skip
    officer, visitor = browse("officer"), browse("visitor")
    waiting = {"landlord": landlord.pk, "zone": zone.code, "indicator": "social_housing_share"}
    assert "accord écrit manque" not in visitor.get(page).content.decode()
    assert officer.post(list_page, waiting).status_code == 302
    assert "accord écrit manque" in visitor.get(page).content.decode()
    assert "déjà dans la liste" in officer.post(list_page, waiting).content.decode()
    row = Agreement.objects.get()
    one = f"{list_page}{row.pk}/"
    for wrong in (
        {"agreed_on": "2026-02-02"},
        {"document": "courrier 12"},
        {"agreed_on": "2999-01-01", "document": "courrier 12"},
    ):
        assert officer.post(one, wrong).status_code == 422
    assert "accord écrit manque" in visitor.get(page).content.decode()
    officer.post(one, {"agreed_on": "2026-02-02", "document": "courrier 12"})
    assert "accord écrit manque" not in visitor.get(page).content.decode()
    assert "courrier 12" in visitor.get(f"/livraisons/{public.code}/").content.decode()
    # It can be taken back.
    officer.post(one, {"agreed_on": "", "document": ""})
    assert "accord écrit manque" in visitor.get(page).content.decode()
