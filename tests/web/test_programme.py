"""A cohort: where each territory stands, what is late, what the site shows of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labo_web.accounts.models import Circle, Organisation, Role, Territory
from labo_web.programme import cohort
from labo_web.programme.facts import doubts_of, facts_of
from labo_web.programme.models import (
    Convention,
    Dataset,
    Deliverable,
    GateDecision,
    Meeting,
    Membership,
    Postponement,
    Proceedings,
    Programme,
    Schedule,
)
from labo_web.programme.periods import PERIODS, around
from labo_web.programme.phases import PHASES
from labo_web.programme.progress import SEEN, Progress, seen_in
from labo_web.releases.models import Agreement, Release, Value
from labo_web.resources.models import Description, Resource, Ruling
from labo_web.roadmaps.models import Action, Decision, Frozen, Roadmap
from labo_web.workshops.models import Cumulation, Event, FresqueSheet
from tests.web.conftest import open_to
from tests.web.rules_programme import agreed, joined, programme_of

TODAY = dt.date(2026, 11, 2)


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(offset)


def stands(member: Membership, today: dt.date = TODAY) -> Progress:
    return cohort.read(member.programme, today, [member]).all[0]


def phase(progress: Progress, name: str) -> Any:
    return next(p for p in progress.phases if p.phase.id == name)


def planned(member: Membership, name: str, **days: int) -> Schedule:
    given = {key: day(offset) for key, offset in days.items()}
    return Schedule.objects.create(membership=member, phase=name, **given)


def decided(member: Membership, name: str, outcome: str, offset: int) -> GateDecision:
    return GateDecision.objects.create(
        membership=member, phase=name, outcome=outcome, body="copil", decided_on=day(offset),
        shown="La note", reason="Tout est là.",
    )  # fmt: skip


def owed(member: Membership, proof: str = "declared", wanted: int = 1, due: int = -10) -> Any:
    return Deliverable.objects.create(
        membership=member, phase="data", title=f"Livrable {proof}", due_on=day(due), proof=proof,
        wanted=wanted,
    )  # fmt: skip


def held(territory: Territory, kind: str, offset: int, **more: Any) -> Event:
    start = timezone.make_aware(dt.datetime.combine(day(offset), dt.time(14)))
    fields = {
        "title": f"{kind} {offset}",
        "state": "announced",
        "place": "Salle",
        "level": "inform",
    }
    return Event.objects.create(
        territory=territory, kind=kind, starts_at=start, ends_at=start + dt.timedelta(hours=3),
        **(fields | more),
    )  # fmt: skip


@pytest.fixture
def member(release: Release) -> Membership:
    return joined(release)


# Phases and gates


def test_the_ten_phases_are_declared_in_order() -> None:
    assert [p.code for p in PHASES.values()] == [f"P{n}" for n in range(10)]
    assert all(p.gate and p.deliverable and p.duration for p in PHASES.values())


def test_a_phase_without_any_day_is_not_late(member: Membership) -> None:
    found = stands(member)
    assert [p.state for p in found.phases] == ["unplanned"] * 10
    assert found.late == ()
    assert found.passed == 0
    assert [p.phase.id for p in found.current] == ["framing"]


def test_lateness_is_counted_from_the_planned_end(member: Membership) -> None:
    planned(member, "framing", starts_on=-90, due_on=-30, started_on=-88)
    found = phase(stands(member), "framing")
    assert (found.state, found.late_days, found.short) == ("late", 30, "retard 30 j")
    assert phase(stands(member, day(-30)), "framing").late_days == 0
    assert phase(stands(member, day(-29)), "framing").late_days == 1


def test_a_phase_that_should_have_begun_is_late_to_begin(member: Membership) -> None:
    planned(member, "data", starts_on=-12, due_on=60)
    found = phase(stands(member), "data")
    assert (found.state, found.late_days, found.late_to_begin) == ("late", 0, 12)
    planned(member, "data", starts_on=-12, due_on=60, started_on=-1)
    assert phase(stands(member), "data").state == "begun"


def test_a_gate_that_is_opened_again_is_late_again_and_nothing_is_lost(member: Membership) -> None:
    planned(member, "data", starts_on=-90, due_on=-30, started_on=-88)
    decided(member, "data", "passed", -35)
    found = phase(stands(member), "data")
    assert (found.state, found.passed_on, found.late_days) == ("passed", day(-35), 0)
    decided(member, "data", "reopened", -5)
    found = phase(stands(member), "data")
    assert (found.state, found.passed_on, found.late_days) == ("late", None, 30)
    decided(member, "data", "passed", -1)
    assert phase(stands(member), "data").state == "passed"
    assert member.gates.count() == 3


def test_dates_that_move_leave_the_former_ones(member: Membership) -> None:
    planned(member, "data", due_on=-30)
    planned(member, "data", due_on=30)
    assert phase(stands(member), "data").schedule.due_on == day(30)
    assert list(member.schedules.values_list("due_on", flat=True)) == [day(-30), day(30)]


def test_a_late_joiner_is_not_late_for_what_was_before_it(release: Release) -> None:
    programme = programme_of()
    member = Membership.objects.create(
        programme=programme, territory=release.territory, joined_on=dt.date(2026, 10, 1)
    )
    assert member.joined_late
    planned(member, "framing", starts_on=-20, due_on=20, started_on=-20)
    assert stands(member).late == ()


def test_a_territory_that_left_is_not_late_and_stays(member: Membership) -> None:
    planned(member, "data", due_on=-30)
    owed(member)
    assert stands(member).late
    member.left_on, member.left_because = day(-1), "Le contrat a changé."
    member.save()
    found = cohort.read(member.programme, TODAY)
    assert found.here == []
    assert [p.membership for p in found.left] == [member]
    assert found.left[0].late == ()
    # The day before, it was there.
    assert cohort.read(member.programme, day(-2)).here


def test_a_territory_comes_once_and_may_come_back(member: Membership) -> None:
    again = {"programme": member.programme, "territory": member.territory}
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(**again, joined_on=TODAY)
    member.left_on, member.left_because = day(-1), "Une élection."
    member.save()
    Membership.objects.create(**again, joined_on=TODAY)


def test_leaving_needs_a_reason(member: Membership) -> None:
    member.left_on = TODAY
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        member.full_clean()


# Deliverables, against the other apps


def test_a_declared_deliverable_needs_its_evidence(member: Membership) -> None:
    found = owed(member)
    found.delivered_on = day(-2)
    with pytest.raises(ValidationError, match="où est la pièce"):
        found.full_clean(exclude=["signature"])
    found.evidence = "https://exemple.org/note.pdf"
    found.full_clean(exclude=["signature"])


def test_what_the_site_sees_is_not_declared(member: Membership) -> None:
    found = owed(member, "walk")
    found.delivered_on, found.evidence = day(-2), "oui"
    with pytest.raises(ValidationError, match="ne se déclare pas"):
        found.full_clean(exclude=["signature"])


def test_events_that_were_held_deliver(member: Membership) -> None:
    here = member.territory
    owed(member, "fresque", wanted=2)
    held(here, "fresque", -40)
    held(here, "fresque", -30, state="cancelled")
    held(here, "fresque", -20, state="draft")
    held(here, "walk", -15)
    held(here, "fresque", 15)
    [found] = stands(member).deliveries
    assert (found.on, found.found, found.late_days) == (None, 1, 10)
    assert found.said == "en retard de 10 jours ; 1 sur 2 à ce jour"
    held(here, "fresque", -5)
    [found] = stands(member).deliveries
    assert (found.on, found.late_days) == (day(-5), 0)
    assert found.said == "c’est fait, le 28 octobre 2026, 5 jours après le jour prévu"


def test_events_elsewhere_do_not_count(member: Membership) -> None:
    owed(member, "fresque")
    held(Territory.objects.get(code="999000002"), "fresque", -40)
    assert stands(member).deliveries[0].on is None


def test_events_before_a_territory_came_in_do_not_count(member: Membership) -> None:
    owed(member, "fresque")
    held(member.territory, "fresque", -400)
    found = stands(member)
    assert found.deliveries[0].on is None
    assert found.held == 0


def test_a_public_release_delivers(member: Membership, release: Release) -> None:
    owed(member, "release")
    assert stands(member).deliveries[0].on is None
    open_to(release, Circle.COPIL)
    assert stands(member).deliveries[0].on is None
    open_to(release, Circle.EVERYONE)
    assert stands(member).deliveries[0].on == dt.date(2026, 5, 4)


def test_a_roadmap_delivers(member: Membership, people: dict[str, Any]) -> None:
    for proof in ("action", "committed", "frozen"):
        owed(member, proof)
    roadmap = Roadmap.objects.create(territory=member.territory, title="Feuille de route")
    action = Action.objects.create(
        roadmap=roadmap, number=1, origin="nothing", title="Ouvrir", finding="Chaud.",
        carrier="ville", first_step="voir",
    )  # fmt: skip
    assert [d.on for d in stands(member).deliveries] == [None, None, None]
    Frozen.objects.create(
        roadmap=roadmap, number=1, title="COPIL", held_on=day(-9), content={}, digest="x"
    )
    Decision.objects.create(
        action=action, subject="level", body="copil", decided_on=day(-7), before="ready",
        after="engaged", reason="Oui.",
    )  # fmt: skip
    action.level, action.published_on = "engaged", day(-6)
    action.save()
    on = {d.deliverable.proof: d.on for d in stands(member).deliveries}
    assert on == {"action": day(-6), "committed": day(-7), "frozen": day(-9)}


def test_published_resources_deliver(member: Membership) -> None:
    owed(member, "resource")
    made = Resource.objects.create(
        territory=member.territory, kind="place",
        created_at=dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC),
    )  # fmt: skip
    x = Description.objects.create(resource=made, version=1, name="Cour", offer="Ombre")
    assert stands(member).deliveries[0].on is None
    Ruling.objects.create(description=x, status=Ruling.Status.PUBLISHED)
    assert stands(member).deliveries[0].on == dt.date(2026, 9, 1)
    assert stands(member).resources == 1


def test_conventions_and_data_deliver(member: Membership) -> None:
    owed(member, "convention")
    owed(member, "dataset")
    Convention.objects.create(
        membership=member, reference="C-1", signed_on=day(-50), expires_on=day(300)
    )
    agreed(member, received_on=day(-12))
    assert [d.on for d in stands(member).deliveries] == [day(-50), day(-12)]


def test_what_proves_a_deliverable_is_linked_once_it_is_there(
    member: Membership, release: Release
) -> None:
    for proof in ("release", "fresque", "declared"):
        owed(member, proof)
    found = {d.deliverable.proof: d for d in stands(member).deliveries}
    assert {d.address or d.public_address for d in found.values()} == {""}
    held(member.territory, "fresque", -5)
    open_to(release, Circle.EVERYONE)
    Deliverable.objects.filter(proof="declared").update(
        delivered_on=day(-1), evidence="javascript:alert(1)"
    )
    found = {d.deliverable.proof: d for d in stands(member).deliveries}
    assert found["release"].public_address == "/territoires/999000001/"
    assert found["fresque"].public_address == "/rencontres/?territoire=999000001"
    assert found["fresque"].address == "/territoires/999000001/rencontres/"
    assert found["declared"].address == ""
    Deliverable.objects.filter(proof="declared").update(evidence="https://exemple.org/a.pdf")
    found = {d.deliverable.proof: d for d in stands(member).deliveries}
    assert found["declared"].address == "https://exemple.org/a.pdf"
    assert found["declared"].public_address == ""


def test_what_comes_from_another_programme_does_not_count(
    member: Membership, release: Release
) -> None:
    owed(member, "convention")
    other = Programme.objects.create(
        code="autre", title="Autre", purpose="x", starts_on=day(-300), ends_on=day(300)
    )
    elsewhere = Membership.objects.create(
        programme=other, territory=release.territory, joined_on=day(-300)
    )
    Convention.objects.create(
        membership=elsewhere, reference="C-2", signed_on=day(-50), expires_on=day(300)
    )
    assert stands(member).deliveries[0].on is None


# The clause of data


@pytest.mark.parametrize(
    ("days", "clause"),
    [
        ({}, "missing"),
        ({"promised_on": -90}, "promised"),
        ({"promised_on": -90, "expected_on": -1}, "late"),
        ({"promised_on": -90, "expected_on": 0}, "promised"),
        ({"signed_on": -30, "expires_on": 90}, "signed"),
        ({"signed_on": -30, "expires_on": 90, "expected_on": -3}, "late"),
        ({"signed_on": -30, "expires_on": 90, "received_on": -3}, "received"),
        ({"signed_on": -30, "expires_on": -1, "received_on": -20}, "expired"),
        ({"signed_on": -30, "expires_on": 0, "received_on": -20}, "received"),
        ({"signed_on": 3, "expires_on": 90, "promised_on": -5}, "promised"),
    ],
)
def test_the_state_of_an_agreement_is_computed_from_its_days(
    member: Membership, days: dict[str, int], clause: str
) -> None:
    given = {"signed_on": None, "expires_on": None} | {k: day(v) for k, v in days.items()}
    assert agreed(member, **given).clause(TODAY) == clause


def test_late_and_expired_data_are_among_what_is_late(member: Membership) -> None:
    agreed(member, label="Promise", signed_on=None, expires_on=None, promised_on=day(-80),
           expected_on=day(-15))  # fmt: skip
    agreed(member, label="Finie", signed_on=day(-80), expires_on=day(-4), received_on=day(-70))
    agreed(member, label="Là", received_on=day(-70))
    assert [(x.what, x.days) for x in stands(member).late] == [
        ("« Promise », donnée attendue", 15),
        ("« Finie », convention de données expirée", 4),
    ]


def test_a_dataset_is_received_once_signed(member: Membership) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        agreed(member, signed_on=None, expires_on=None, received_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        agreed(member, threshold=10)


# The cohort


def test_the_most_late_comes_first(member: Membership, many: Release) -> None:
    other = Membership.objects.create(
        programme=member.programme, territory=many.territory, joined_on=day(-300)
    )
    planned(member, "data", due_on=-5)
    planned(other, "data", due_on=-50)
    found = cohort.read(member.programme, TODAY)
    assert [p.membership for p in found.here] == [other, member]
    # What everybody reads is by name: it is no ranking.
    assert [p.membership.territory.name for p in found.by_name] == sorted(
        p.membership.territory.name for p in found.here
    )


def test_presence_is_what_was_published(member: Membership) -> None:
    found = cohort.read(member.programme, TODAY)
    assert found.present is None
    groups = [{"answers": ["present"], "people": 42}]
    Cumulation.objects.create(
        territory=member.territory, shown={"present": groups}, counted={}, events=3
    )
    assert cohort.read(member.programme, TODAY).present == 42
    # What is published later takes its place.
    later = [{"answers": ["present"], "people": 55}]
    Cumulation.objects.create(
        territory=member.territory, shown={"present": later}, counted={}, events=4
    )
    assert cohort.read(member.programme, TODAY).present == 55


def test_doubts_are_counted_in_what_is_public(public: Release) -> None:
    doubt = doubts_of([public])[public.pk]
    rows = Value.objects.filter(
        zone__release=public, zone__kind__in=("qpv", "perimeter"), scenario="present"
    )
    rows = rows.exclude(
        pk__in=[
            v.pk for v in rows.select_related("zone", "indicator")
            if Agreement.objects.filter(release=public, zone=v.zone.code, agreed_on=None,
                                        indicator=v.indicator.name).exists()
        ]
    )  # fmt: skip
    assert doubt.values == rows.count() > 0
    assert doubt.empty == rows.filter(central=None).count()
    known = list(rows.exclude(central=None).exclude(gap_low=None))
    unsure = [v for v in known if v.gap_low <= 0 <= v.gap_high]  # type: ignore[operator]
    assert doubt.unsure == len(unsure)
    # Subjects are named, those that are most often in doubt first.
    shares = {
        label: sum(v.indicator.label == label for v in unsure)
        / rows.filter(indicator__label=label).count()
        for label in {v.indicator.label for v in unsure}
    }
    assert len(doubt.unsure_most) == 3
    least = min(shares[label] for label in doubt.unsure_most)
    assert all(n <= least for label, n in shares.items() if label not in doubt.unsure_most)
    assert f"« {doubt.unsure_most[0]} »" in " ".join(doubt.said)


def test_what_waits_for_a_landlord_is_in_no_count(public: Release) -> None:
    before = doubts_of([public])[public.pk]
    v = Value.objects.filter(zone__release=public, zone__kind="qpv", scenario="present").first()
    assert v is not None
    body = Organisation.objects.create(name="Bailleur seul", kind="landlord")
    Agreement.objects.create(
        release=public, landlord=body, zone=v.zone.code, indicator=v.indicator.name
    )
    same = Value.objects.filter(zone=v.zone, indicator=v.indicator, scenario="present").count()
    assert doubts_of([public])[public.pk].values == before.values - same


def test_each_gate_has_something_that_the_site_can_show(member: Membership) -> None:
    assert set(SEEN) == set(PHASES)
    held(member.territory, "fresque", -9)
    held(member.territory, "fresque", 9)
    facts = facts_of(member.programme, {member.territory_id: member.joined_on}, TODAY)[
        member.territory_id
    ]
    assert seen_in(PHASES["acculturation"], facts, TODAY) == [("des Fresques tenues", 1, day(-9))]
    assert seen_in(PHASES["data"], facts, TODAY)[0][1:] == (0, None)


def test_the_gate_of_acculturation_shows_for_whom_fresques_were_held(
    browse: Callable[[str], Client], member: Membership
) -> None:
    sheet = {"licence": "volunteer", "tables": 2, "leaders": 1, "registered": 14, "present": 12}
    for audience in ("residents", "both", ""):
        event = held(member.territory, "fresque", -30)
        FresqueSheet.objects.create(event=event, audience=audience, **sheet)
    page = browse("officer").get("/programmes/labo/territoires/999000001/phases/acculturation/")
    text = page.content.decode()
    assert "Fresques avec les services ou les élus&nbsp;: 1" in text
    assert "Fresques avec les habitants&nbsp;: 2" in text
    assert "Fresques dont la feuille ne dit pas le public&nbsp;: 1" in text


def test_a_gate_that_was_passed_without_what_it_asks_for_says_so(
    browse: Callable[[str], Client], member: Membership
) -> None:
    sheet = {"licence": "volunteer", "tables": 2, "leaders": 1, "registered": 14, "present": 12}
    decided(member, "acculturation", "passed", -20)
    without = "Fresque avec les services et les élus ni Fresque avec les habitants"
    assert phase(stands(member), "acculturation").lacks == without
    FresqueSheet.objects.create(
        event=held(member.territory, "fresque", -30), audience="residents", **sheet
    )
    # After the gate: it was passed without it.
    FresqueSheet.objects.create(
        event=held(member.territory, "fresque", -10), audience="staff", **sheet
    )
    found = phase(stands(member), "acculturation")
    assert found.lacks == "Fresque avec les services et les élus"
    assert found.said.startswith("Jalon franchi sans Fresque avec les services et les élus, le ")
    assert "sans tout ce qu’il fallait" in found.short
    page = browse("visitor").get("/programmes/labo/suivi/").content.decode()
    assert "P1 franchi sans Fresque avec les services et les élus" in page
    decided(member, "acculturation", "passed", -5)
    assert phase(stands(member), "acculturation").lacks == ""


def test_framing_that_was_passed_before_its_agreement_says_so(member: Membership) -> None:
    decided(member, "framing", "passed", -20)
    Convention.objects.create(
        membership=member, reference="C", signed_on=day(-19), expires_on=day(300)
    )
    assert phase(stands(member), "framing").lacks == "convention signée"
    Convention.objects.update(signed_on=day(-20))
    assert phase(stands(member), "framing").lacks == ""


def test_data_that_holds_a_deliverable_up_is_late_once(
    browse: Callable[[str], Client], member: Membership
) -> None:
    agreed(member, label="Promise", signed_on=None, expires_on=None, promised_on=day(-80),
           expected_on=day(-15))  # fmt: skip
    owed(member, "dataset", due=-10)
    owed(member, "walk", due=-3)
    assert [x.said for x in stands(member).late] == [
        "« Promise », donnée attendue pour « Livrable dataset » depuis 15 jours",
        "P2 Livrable walk, livrable attendu depuis 3 jours",
    ]
    # Nothing is awaited any more: the deliverable is late by itself.
    Dataset.objects.all().delete()
    assert stands(member).late[0].what == "P2 Livrable dataset, livrable attendu"


def test_the_follow_up_explains_its_words_and_keeps_what_is_late(
    browse: Callable[[str], Client], member: Membership
) -> None:
    for name in ("framing", "acculturation", "data", "diagnosis", "priorities"):
        planned(member, name, starts_on=-90, due_on=-30, started_on=-88)
    page = browse("visitor").get("/programmes/labo/suivi/").content.decode()
    assert "comité de pilotage" in page
    assert "et 2 de plus" in page
    assert page.count("jalon attendu depuis") == 5


def test_the_home_page_leads_to_the_territories_that_are_followed(
    browse: Callable[[str], Client], member: Membership, many: Release
) -> None:
    visitor = browse("visitor")
    link = 'href="/programmes/labo/suivi/">'
    assert f"{link}Suivre le territoire</a>" in visitor.get("/").content.decode()
    Membership.objects.create(
        programme=member.programme, territory=many.territory, joined_on=dt.date(2026, 1, 5)
    )
    assert f"{link}Suivre les deux territoires</a>" in visitor.get("/").content.decode()
    Programme.objects.update(published_on=None)
    assert link not in visitor.get("/").content.decode()


def test_the_meeting_is_on_the_page_that_everyone_reads(
    browse: Callable[[str], Client], member: Membership
) -> None:
    path = "/programmes/labo/suivi/"
    visitor = browse("visitor")
    assert "n’est encore annoncée" in visitor.get(path).content.decode()
    event = held(member.territory, "meeting", -30, title="La rencontre de mai", state="draft")
    made = Meeting.objects.create(programme=member.programme, event=event)
    assert "La rencontre de mai" not in visitor.get(path).content.decode()
    assert "La rencontre de mai" in browse("officer").get(path).content.decode()
    Event.objects.filter(pk=event.pk).update(state="announced")
    page = visitor.get(path).content.decode()
    assert "La rencontre de mai" in page
    assert f'href="/rencontres-inter-regionales/{made.pk}/"' in page
    assert "Les actes ne sont pas encore publiés." in page
    Proceedings.objects.create(meeting=made, number=1, content={}, digest="x")
    page = visitor.get(path).content.decode()
    assert f'href="/rencontres-inter-regionales/{made.pk}/actes/1/"' in page


def test_facts_have_the_dates_of_what_they_come_from(member: Membership) -> None:
    held(member.territory, "walk", -3, title="Marche")
    facts = facts_of(member.programme, {member.territory_id: member.joined_on}, TODAY)[
        member.territory_id
    ]
    [walk] = facts.events()
    assert (walk.on, walk.label) == (day(-3), "Marche")


def test_periods_before_elections_are_to_be_checked() -> None:
    assert PERIODS
    # The page says « À vérifier » before each source.
    assert not any("vérifier" in p.source or "vérifier" in p.concerns for p in PERIODS)
    assert all(p.grade == "to_check" and p.source and p.starts_on < p.ends_on for p in PERIODS)
    [found] = around(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    assert found.id == "municipal_2026"
    days = (dt.date(2025, 8, 31), dt.date(2025, 9, 1), dt.date(2026, 3, 31), dt.date(2026, 4, 1))
    assert [found.when(x) for x in days] == ["à venir", "en cours", "en cours", "terminée"]


# Pages


def territories(programme: Programme, count: int) -> None:
    for n in range(count):
        territory = Territory.objects.create(code=f"8{n:08d}", name=f"Territoire {n:03d}")
        member = Membership.objects.create(
            programme=programme, territory=territory, joined_on=programme.starts_on
        )
        planned(member, "framing", due_on=-n)
        owed(member, "fresque")
        held(territory, "fresque", -n - 1)
        agreed(member, received_on=day(-n))


@pytest.mark.parametrize("count", [4, 137])
def test_the_cockpit_asks_the_database_as_often_for_4_as_for_137(
    browse: Callable[[str], Client], release: Release, count: int
) -> None:
    programme = programme_of()
    territories(programme, count)
    client = browse("facilitator")
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/programmes/labo/tableau/")
    assert answer.status_code == 200
    assert answer.content.decode().count("Territoire 00") >= 4
    assert len(asked) < 12, [q["sql"][:80] for q in asked]


@pytest.mark.parametrize("count", [4, 137])
def test_the_follow_up_asks_the_database_as_often_for_4_as_for_137(
    browse: Callable[[str], Client], release: Release, count: int
) -> None:
    territories(programme_of(), count)
    with CaptureQueriesContext(connection) as asked:
        answer = browse("visitor").get("/programmes/labo/suivi/")
    assert answer.status_code == 200
    assert len(asked) < 12, [q["sql"][:80] for q in asked]


def test_a_programme_that_is_not_public_is_read_by_its_territories_only(
    browse: Callable[[str], Client], member: Membership
) -> None:
    Programme.objects.update(published_on=None)
    for path in ("", "suivi/", "donnees/", "donnees/desaccord/"):
        told = {
            name: browse(name).get(f"/programmes/labo/{path}").status_code
            for name in ("visitor", "reader", "officer", "officer_elsewhere", "facilitator")
        }
        assert told == {
            "visitor": 404, "reader": 200, "officer": 200, "officer_elsewhere": 404,
            "facilitator": 200,
        }, path  # fmt: skip
    assert "Labo" not in browse("visitor").get("/programmes/").content.decode().split("<main")[1]


def test_a_team_does_not_read_the_page_of_another(
    browse: Callable[[str], Client], member: Membership
) -> None:
    other = Membership.objects.create(
        programme=member.programme, territory=Territory.objects.get(code="999000002"),
        joined_on=day(-200),
    )  # fmt: skip
    decided(other, "data", "postponed", -3)
    path = "/programmes/labo/territoires/999000002/phases/data/"
    assert browse("officer").get(path).status_code == 404
    assert "Tout est là" in browse("officer_elsewhere").get(path).content.decode()
    assert "Tout est là" not in browse("officer").get("/programmes/labo/suivi/").content.decode()


def test_a_single_neighbourhood_is_normal(
    browse: Callable[[str], Client], member: Membership, release: Release
) -> None:
    release.zones.filter(kind="qpv").exclude(
        pk=release.zones.filter(kind="qpv").order_by("code")[0].pk
    ).delete()
    page = browse("officer").get("/programmes/labo/territoires/999000001/").content.decode()
    assert "un seul quartier prioritaire" in page


def post(client: Client, path: str, prefix: str = "", **given: Any) -> Any:
    data = {f"{prefix}-{k}" if prefix and k != "quoi" else k: v for k, v in given.items()}
    return client.post(f"/programmes/labo/{path}", data)


PHASE = "territoires/999000001/phases/data/"


def test_a_gate_is_passed_on_something_that_was_shown(
    browse: Callable[[str], Client], member: Membership
) -> None:
    officer = browse("officer")
    given: dict[str, Any] = {
        "quoi": "jalon", "outcome": "passed", "body": "copil", "decided_on": "2026-05-04",
        "reason": "La base est propre.",
    }  # fmt: skip
    refused = post(officer, PHASE, "jalon", **given)
    assert refused.status_code == 422
    assert "Dites ce qui a été montré" in refused.content.decode()
    assert "La base est propre." in refused.content.decode()
    assert post(officer, PHASE, "jalon", **given, shown="La revue").status_code == 302
    # Passed, it can only be opened again; and not before it was passed.
    assert post(officer, PHASE, "jalon", **given, shown="La revue").status_code == 422
    again = given | {"outcome": "reopened", "reason": "Un fichier était faux."}
    early = post(officer, PHASE, "jalon", **(again | {"decided_on": "2026-05-03"}))
    assert "La décision d’avant est du 04/05/2026" in early.content.decode()
    assert post(officer, PHASE, "jalon", **again).status_code == 302
    assert [g.outcome for g in member.gates.all()] == ["passed", "reopened"]
    page = officer.get(f"/programmes/labo/{PHASE}").content.decode()
    assert "jalon rouvert" in page
    assert "La revue" in page


def test_moving_a_planned_day_needs_a_reason(
    browse: Callable[[str], Client], member: Membership
) -> None:
    officer = browse("officer")
    assert post(officer, PHASE, "dates", quoi="dates").status_code == 422
    first = post(officer, PHASE, "dates", quoi="dates", due_on="2026-09-01")
    assert first.status_code == 302
    moved = post(officer, PHASE, "dates", quoi="dates", due_on="2026-10-01")
    assert "Une date prévue change : dites pourquoi." in moved.content.decode()
    assert post(
        officer, PHASE, "dates", quoi="dates", due_on="2026-10-01", because="Le fichier tarde."
    ).status_code == 302  # fmt: skip
    # Saying when it began moves nothing.
    assert post(
        officer, PHASE, "dates", quoi="dates", due_on="2026-10-01", started_on="2026-06-01"
    ).status_code == 302  # fmt: skip
    assert member.schedules.count() == 3


def test_a_day_to_come_is_not_told_as_past(
    browse: Callable[[str], Client], member: Membership
) -> None:
    tomorrow = timezone.localdate() + dt.timedelta(1)
    answer = post(browse("officer"), PHASE, "dates", quoi="dates", started_on=tomorrow.isoformat())
    assert answer.status_code == 422
    assert "n’est pas encore passé" in answer.content.decode()


def test_a_deliverable_is_put_off_with_its_reason_and_the_former_day_stays(
    browse: Callable[[str], Client], member: Membership
) -> None:
    found = owed(member, due=-10)
    officer = browse("officer")
    path = f"territoires/999000001/livrables/{found.pk}/"
    assert post(officer, path, "report", quoi="report", after=day(20)).status_code == 422
    assert post(
        officer, path, "report", quoi="report", after=day(20), reason="Le bureau a changé."
    ).status_code == 302  # fmt: skip
    found.refresh_from_db()
    assert found.due_on == day(20)
    kept = Postponement.objects.get()
    assert (kept.before, kept.after, kept.reason) == (day(-10), day(20), "Le bureau a changé.")
    assert str(kept.signature) == "officer"
    given = {"quoi": "livre", "delivered_on": "2026-05-04"}
    assert post(officer, path, "livre", **given).status_code == 422
    assert post(officer, path, "livre", **given, evidence="p. 12").status_code == 302
    found.refresh_from_db()
    assert (found.delivered_on, found.evidence) == (dt.date(2026, 5, 4), "p. 12")


def test_analysts_read_and_do_not_decide(
    browse: Callable[[str], Client], member: Membership
) -> None:
    analyst = browse("analyst")
    page = analyst.get(f"/programmes/labo/{PHASE}").content.decode()
    assert "Noter une décision" not in page
    assert post(analyst, PHASE, "dates", quoi="dates", due_on="2026-09-01").status_code == 404
    assert not member.schedules.exists()


def test_a_programme_from_its_call_to_a_territory_that_leaves(
    browse: Callable[[str], Client], release: Release
) -> None:
    client = browse("facilitator")
    form = {
        "title": "Labo", "code": "labo", "purpose": "Ensemble.", "starts_on": "2026-01-05",
        "ends_on": "2025-01-05",
    }  # fmt: skip
    refused = client.post("/programmes/nouveau/", form)
    assert refused.status_code == 422
    assert "La fin vient avant le début." in refused.content.decode()
    assert client.post("/programmes/nouveau/", form | {"code": "nouveau"}).status_code == 422
    done = client.post("/programmes/nouveau/", form | {"ends_on": "2027-06-30"})
    assert done.status_code == 302
    assert browse("visitor").get("/programmes/labo/").status_code == 404
    public = form | {"ends_on": "2027-06-30", "public": "on", "call": "Venez.", "contact": "Nous"}
    assert client.post("/programmes/labo/modifier/", public).status_code == 302
    page = browse("visitor").get("/programmes/labo/").content.decode()
    assert "Venez." in page
    assert "Nous" in page
    assert "Les jours de l’appel ne sont pas encore dits" in page
    applied = {"applicant": "Agglomération", "received_on": "2026-01-06"}
    assert client.post("/programmes/labo/candidatures/", applied).status_code == 302
    [candidate] = Programme.objects.get().applications.all()
    decision = {
        "candidature": candidate.pk, f"c{candidate.pk}-outcome": "kept",
        f"c{candidate.pk}-decided_on": "2026-01-20",
    }  # fmt: skip
    assert client.post("/programmes/labo/candidatures/", decision).status_code == 422
    decision[f"c{candidate.pk}-reason"] = "Un quartier suffit."
    assert client.post("/programmes/labo/candidatures/", decision).status_code == 302
    assert candidate.selections.get().reason == "Un quartier suffit."
    here = {"territory": release.territory_id, "joined_on": "2026-02-01"}
    assert client.post("/programmes/labo/territoires/ajouter/", here).status_code == 302
    assert client.post("/programmes/labo/territoires/ajouter/", here).status_code == 422
    out = {"left_on": "2026-06-01"}
    path = "/programmes/labo/territoires/999000001/sortie/"
    assert client.post(path, out).status_code == 422
    assert client.post(path, out | {"left_because": "Plus de poste."}).status_code == 302
    assert "Plus de poste." in client.get(
        "/programmes/labo/territoires/999000001/"
    ).content.decode()  # fmt: skip
    assert "sorti le 01/06/2026" in client.get("/programmes/labo/tableau/").content.decode()


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        (-5, 5, "L’appel est ouvert"),
        (5, 9, "L’appel ouvre le"),
        (-9, -5, "L’appel est clos depuis le"),
        (-5, None, "L’appel est ouvert"),
    ],
)
def test_the_call_says_whether_it_is_open(
    browse: Callable[[str], Client], db: None, opens: int, closes: int | None, said: str
) -> None:
    today = timezone.localdate()
    programme_of(
        call_opens_on=today + dt.timedelta(opens),
        call_closes_on=None if closes is None else today + dt.timedelta(closes),
    )
    assert said in browse("visitor").get("/programmes/labo/").content.decode()


def test_support_days_are_those_of_the_resource_centre(
    browse: Callable[[str], Client], member: Membership
) -> None:
    body = Organisation.objects.create(name="Centre", kind="resource_centre")
    path = "territoires/999000001/accompagnement/"
    given: dict[str, Any] = {
        "quoi": "jours", "kind": "data", "label": "Revue", "organisation": body.pk, "days": "1.5"
    }  # fmt: skip
    client = browse("facilitator")
    refused = post(client, path, "jours", **given)
    assert refused.status_code == 422
    assert "Dites quand ils sont prévus" in refused.content.decode()
    assert post(client, path, "jours", **given, planned_on="2026-06-01").status_code == 302
    assert (
        post(browse("officer"), path, "jours", **given, planned_on="2026-06-02").status_code == 422
    )
    assert member.support_days.count() == 1
    page = browse("officer").get(f"/programmes/labo/{path}").content.decode()
    assert "Jours donnés&nbsp;: 0. Jours prévus&nbsp;: 1,5." in page
    row = member.support_days.get()
    changed: dict[str, Any] = {
        "kind": "data", "label": "Revue", "organisation": body.pk, "days": "1.5",
        "given_on": "2026-06-02",
    }  # fmt: skip
    assert post(client, f"{path}{row.pk}/", **changed).status_code == 302
    row.refresh_from_db()
    assert row.given_on == dt.date(2026, 6, 2)


def test_what_changed_is_said_with_its_evidence_and_taken_back(
    browse: Callable[[str], Client], member: Membership
) -> None:
    body = Organisation.objects.create(name="Agglo", kind="authority")
    path = "territoires/999000001/accompagnement/"
    given: dict[str, Any] = {
        "quoi": "change", "text": "Deux services travaillent ensemble.", "stated_on": "2026-06-01",
        "organisation": body.pk,
    }  # fmt: skip
    officer = browse("officer")
    assert post(officer, path, "change", **given).status_code == 422
    assert post(officer, path, "change", **given, evidence="Note, p. 2").status_code == 302
    public = "/programmes/labo/suivi/"
    assert "Deux services travaillent" in browse("visitor").get(public).content.decode()
    pk = member.statements.get().pk
    assert post(officer, f"{path}{pk}/retirer/").status_code == 302
    assert "Deux services travaillent" not in browse("visitor").get(public).content.decode()
    assert post(officer, f"{path}{pk}/retirer/").status_code == 404


def test_who_runs_the_programme_finds_its_cockpit_when_entering(
    browse: Callable[[str], Client], member: Membership
) -> None:
    assert "/programmes/labo/tableau/" in browse("facilitator").get("/mon-espace/").content.decode()
    officer = browse("officer").get("/mon-espace/").content.decode()
    assert "/programmes/labo/territoires/999000001/" in officer
    assert "/programmes/labo/tableau/" not in officer
    reader = browse("reader").get("/mon-espace/").content.decode()
    assert "/programmes/labo/territoires/999000001/" not in reader
    assert "/programmes/labo/suivi/" in reader
    assert "/programmes/labo/" in browse("visitor").get("/plan-du-site/").content.decode()


def test_a_role_that_was_withdrawn_opens_nothing(
    browse: Callable[[str], Client], member: Membership, people: dict[str, Any]
) -> None:
    Role.objects.filter(person=people["officer"]).update(withdrawn_at=timezone.now())
    path = "/programmes/labo/territoires/999000001/"
    assert browse("officer").get(path).status_code == 404


def test_the_inventory_holds_what_is_open_too(member: Membership) -> None:
    found = Dataset.objects.create(
        programme=member.programme, label="Filosofi", access="open", holder="Insee",
        grain="carreau", purpose="Décrire",
    )  # fmt: skip
    assert found.clause(TODAY) == "open"
    assert not found.usable(TODAY)
