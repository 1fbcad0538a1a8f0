"""What is late, stale or reached is computed; the digest leaves once a month."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from labo_web.releases.models import Indicator, Release, Value, Zone
from labo_web.roadmaps import digest, following, progress, vintages
from labo_web.roadmaps.models import (
    Digest,
    Explanation,
    Observation,
    Roadmap,
    Step,
    Tracked,
)
from labo_web.roadmaps.progress import Course, Point
from tests.web.roadmap_forms import HERE, idea, shown, text_of

__all__ = ["shown"]
Browse = Callable[[str], Client]
TODAY = dt.date(2027, 3, 1)
NUMBERS = st.decimals(min_value=-1000, max_value=1000, places=1)


def course(start: object, last: object, target: object) -> Course:
    tracked = Tracked(
        baseline=Decimal(str(start)), baseline_on=dt.date(2026, 1, 1),
        target_2027=Decimal(str(target)), every_months=12,
    )  # fmt: skip
    return Course(tracked, (Point(TODAY, Decimal(str(last)), "", "", False),))


@pytest.mark.parametrize(
    ("start", "last", "target", "said"),
    [
        (0, 5, 10, "50\u202f% du chemin vers la cible"), (0, 10, 10, "cible atteinte"),
        (10, 12, 0, "s’éloigne de la cible"), (10, 5, 0, "50\u202f% du chemin vers la cible"),
        (3, 3, 3, "pas encore mesurable"),
    ],
)  # fmt: skip
def test_the_way_to_a_target(start: int, last: int, target: int, said: str) -> None:
    assert course(start, last, target).way_said(2027) == said


@given(start=NUMBERS, last=NUMBERS, target=NUMBERS)
def test_the_way_does_not_depend_on_the_side(start: Any, last: Any, target: Any) -> None:
    one = course(start, last, target).way(2027)
    two = course(-start, -last, -target).way(2027)
    assert one == two
    if one is not None:
        assert (one == 1) == (last == target)


def test_a_value_of_before_the_start_is_no_progress() -> None:
    tracked = Tracked(baseline=Decimal(0), baseline_on=TODAY, target_2027=Decimal(9))
    old = Point(TODAY - dt.timedelta(1), Decimal(9), "", "", False)
    assert Course(tracked, (old,)).way(2027) is None


def read_in(year: str, indicator: str = "poverty_share", **given: Any) -> Value:
    """A value of a release whose sources are of a year; nothing is written."""
    sources = [{"id": f"{x}_{year}", "vintage": year}
               for x in ("insee_filosofi_200m", "insee_rp_iris", "cerema_lcz")]  # fmt: skip
    release = Release(
        pk=int(year), generation=given.pop("generation", "2024"), sources=sources,
        digest=year * 16, imported_at=dt.datetime(int(year), 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    zone = Zone(release=release, kind="qpv", code="QN1")
    x = Indicator(name=indicator, unit="1", label="Part")
    return Value(zone=zone, indicator=x, central=given.pop("central", 0.3), availability=1.0)


def test_no_progress_across_vintages_that_a_producer_forbids() -> None:
    tracked = Tracked(indicator="poverty_share", target_2027=Decimal("0.1"))
    first, last = read_in("2019", central=0.3), read_in("2021", central=0.2)
    found = progress.course_of(tracked, [], [first, last])
    assert found.way(2027) is None
    assert "deux millésimes de Filosofi" in found.way_said(2027)
    # The same file in both: what changed is not the vintage.
    last.zone.release.sources = first.zone.release.sources
    assert progress.course_of(tracked, [], [first, last]).way(2027) == Decimal("0.5")


def test_rules_of_producers_are_about_what_an_indicator_rests_on() -> None:
    # Filosofi only weighs the canopy: trees may be followed from one release to the next.
    assert vintages.refused(read_in("2019", "canopy_share"), read_in("2021", "canopy_share")) == ""
    moved = read_in("2021", "canopy_share", generation="2015")
    assert "2015" in vintages.refused(read_in("2019", "canopy_share"), moved)
    town = read_in("2019", "canopy_share")
    town.zone.kind = "epci"
    assert vintages.refused(town, moved) == ""
    assert vintages.refused(moved, moved) == ""
    assert vintages.refused(read_in("2019", "of_a_partner"), read_in("2021", "of_a_partner")) == ""
    census = "census_aged_65_plus_share"
    near, far = read_in("2021", census), read_in("2016", census)
    assert "recensement" in vintages.refused(read_in("2019", census), near)
    assert vintages.refused(far, near) == ""


def test_late_soon_and_stale(browse: Browse, shown: Roadmap) -> None:
    today = timezone.localdate()
    found = following.of(shown, today)
    assert [str(d.step) for d in found.late] == ["Consulter les entreprises"]
    assert found.late[0].days == 20
    assert "Former les premiers visiteurs" in [str(d.step) for d in found.soon]
    # Steps of ideas and of what was abandoned are nobody's delay.
    assert all(d.action.level in ("engaged", "under_way", "ready", "study") for d in found.late)
    Observation.objects.update(observed_on=today - dt.timedelta(500))
    assert {c.tracked.label for c in following.of(shown, today).stale} >= {"Gardiens formés"}
    page = text_of(browse("officer").get(f"{HERE}suivi/"))
    assert "Consulter les entreprises" in page
    assert "à relever" in page


def test_values_of_releases_come_by_themselves(browse: Browse, shown: Roadmap) -> None:
    tracked = Tracked.objects.filter(indicator="canopy_share")[0]
    page = browse("officer").get(f"{HERE}suivi/{tracked.pk}/")
    value = Value.objects.get(
        zone__code=tracked.zone, zone__release__territory=shown.territory,
        indicator__name=tracked.indicator, scenario="present",
    )  # fmt: skip
    assert value.central is not None
    assert f"livraison {value.zone.release.code}" in text_of(page)
    assert not Observation.objects.filter(tracked=tracked).exists()
    posted = {"observed_on": "2026-02-02", "value": "3", "source": "x"}
    assert browse("officer").post(f"{HERE}suivi/{tracked.pk}/", posted).status_code == 404


def test_values_are_noted_by_hand_elsewhere(browse: Browse, shown: Roadmap) -> None:
    tracked = Tracked.objects.get(label="Gardiens formés")
    officer, path = browse("officer"), f"{HERE}suivi/{tracked.pk}/"
    today = timezone.localdate().isoformat()
    sent = {"observed_on": today, "value": "7,5", "source": "bailleur"}
    for change, why in (
        ({"value": "sept"}, "n’est pas un nombre"), ({"value": ""}, "obligatoire"),
        ({"observed_on": "2090-01-01"}, "pas encore venu"),
    ):  # fmt: skip
        refused = officer.post(path, sent | change)
        assert refused.status_code == 422
        assert why in text_of(refused)
        assert 'value="bailleur"' in refused.content.decode()
    assert officer.post(path, sent).status_code == 302
    assert "7,5\u00a0gardiens" in text_of(officer.get(path))
    assert browse("analyst").post(path, sent).status_code == 404


def test_review_of_a_year(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    page = officer.get(f"{HERE}revue/2027/")
    assert "Revue à mi-parcours 2027" in text_of(page)
    tracked = Tracked.objects.get(label="Gardiens formés")
    sent = {f"had-{tracked.pk}": "", f"why-{tracked.pk}": "Deux départs non remplacés."}
    assert officer.post(f"{HERE}revue/2027/", sent).status_code == 302
    kept = Explanation.objects.get()
    assert "Deux départs" in officer.get(f"{HERE}revue/2027/").content.decode()
    # Who had the old page is told, and keeps what was typed.
    late = browse("facilitator").post(
        f"{HERE}revue/2027/", {f"had-{tracked.pk}": "", f"why-{tracked.pk}": "Autre raison."}
    )
    assert late.status_code == 409
    assert "Autre raison." in late.content.decode()
    assert "Deux départs" in late.content.decode()
    assert f'name="had-{tracked.pk}" value="{kept.pk}"' in late.content.decode()
    assert officer.get(f"{HERE}revue/2023/").status_code == 404
    assert officer.get(f"{HERE}revue/2026/").status_code == 200
    assert "Deux départs" not in text_of(officer.get(f"{HERE}revue/2026/"))


def test_review_never_shows_later_values(browse: Browse, shown: Roadmap) -> None:
    tracked = Tracked.objects.get(label="Gardiens formés")
    assert "5\u00a0gardiens" in text_of(browse("officer").get(f"{HERE}revue/2027/"))
    rows = browse("officer").get(f"{HERE}revue/2024/").context["rows"]
    [row] = [r for r in rows if r["course"].tracked == tracked]
    assert row["course"].last is None


def test_digest_is_sent_once_a_month(shown: Roadmap) -> None:
    call_command("digest", "--site", "https://labo.example")
    [message] = mail.outbox
    assert message.to == ["officer@example.org"]
    assert "Consulter les entreprises" in message.body
    assert f"https://labo.example{HERE}suivi/" in message.body
    # How far all is, computed: steps of what runs, indicators that were looked at.
    assert "2 étapes faites sur 4, 1 en retard" in message.body
    body = str(message.body)
    assert re.search(r"Surface rendue à la pleine terre : 150\s?m² le \d\d/\d\d/\d{4}, ", body)
    assert "Personnes visitées dans l’été, A-2" in message.body.split("Indicateurs à relever")[1]
    call_command("digest")
    assert len(mail.outbox) == 1
    assert digest.send(shown, timezone.localdate() + dt.timedelta(40)) == 1


def test_digest_says_nothing_when_there_is_nothing(browse: Browse, public: Release) -> None:
    idea(browse("officer"))
    assert digest.send(Roadmap.objects.get(), timezone.localdate()) == 0
    assert mail.outbox == []
    assert not Digest.objects.exists()


def test_digest_that_cannot_leave_is_tried_again(
    shown: Roadmap, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(locmem.EmailBackend, "send_messages", fail)
        with pytest.raises(CommandError, match="n’a pas pu partir"):
            call_command("digest")
    assert not Digest.objects.exists()
    call_command("digest")
    assert len(mail.outbox) == 1


def test_progress_is_of_steps(shown: Roadmap) -> None:
    action = shown.actions.get(number=1)
    today = timezone.localdate()
    assert progress.of(action, today).said == "2 étapes faites sur 4, 1 en retard"
    Step.objects.filter(action=action).delete()
    assert progress.of(action, today).said == "aucune étape"
