"""The report to funders: read back, it says what the cockpit says; and the demonstration."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import docx
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from labo_web.accounts.models import Organisation
from labo_web.programme import cohort
from labo_web.programme.demo import CODE
from labo_web.programme.models import (
    Clause,
    Convention,
    Dataset,
    Disagreement,
    Membership,
    Programme,
    Statement,
    SupportDay,
)
from labo_web.programme.report import report_of
from labo_web.releases.models import Release
from labo_web.workshops.models import Cumulation
from tests.web.rules_programme import joined
from tests.web.test_documents import HOSTILE, docx_text, pdf_text, squeezed

TODAY = timezone.localdate


@pytest.fixture
def member(release: Release) -> Membership:
    member = joined(release)
    body = Organisation.objects.create(name="Centre", kind="resource_centre")
    Convention.objects.create(
        membership=member, reference="Convention n° 3", signed_on=dt.date(2026, 1, 5),
        expires_on=dt.date(2027, 1, 5),
    )  # fmt: skip
    for days, given in (("2", dt.date(2026, 2, 1)), ("1.5", None)):
        SupportDay.objects.create(
            membership=member, kind="data", label="Revue", organisation=body, days=days,
            planned_on=dt.date(2026, 2, 1), given_on=given,
        )  # fmt: skip
    Statement.objects.create(
        membership=member, text="Deux services se parlent.", evidence="Note, p. 2",
        stated_on=dt.date(2026, 5, 4), organisation=body,
    )  # fmt: skip
    groups = [{"answers": ["present"], "people": 42}]
    Cumulation.objects.create(
        territory=member.territory, shown={"present": groups}, counted={}, events=3
    )
    return member


WORDS = (
    "Convention n° 3", "2 jours donnés sur 3,5 prévus", "présences publiées : 42", "Centre",
    "Deux services se parlent.", "Note, p. 2", "Repères de coût", "à vérifier",
    "Aucun livrable n’est dit.",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_report_says_what_there_is(
    browse: Callable[[str], Client], member: Membership, kind: str
) -> None:
    answer = browse("facilitator").get(f"/programmes/labo/rapport.{kind}")
    assert answer.status_code == 200
    text = pdf_text(answer.content) if kind == "pdf" else docx_text(answer.content)
    for words in WORDS:
        assert squeezed(words) in text, words


def test_report_as_pdf_is_accessible(browse: Callable[[str], Client], member: Membership) -> None:
    content = browse("facilitator").get("/programmes/labo/rapport.pdf").content
    found = pypdf.PdfReader(io.BytesIO(content))
    root: Any = found.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a PDF's own boolean)
    assert root["/StructTreeRoot"]["/K"]
    assert str(root["/Lang"]).startswith("fr")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert found.metadata is not None
    assert found.metadata.title


def test_unknown_is_said_and_is_not_zero(db: None, release: Release) -> None:
    joined(release)
    said = str(report_of(Programme.objects.get(), TODAY()))
    assert "présences publiées : non communiqué" in said
    assert "pas publié" in said
    assert "Aucune convention n’est notée." in said
    assert "Personne n’a encore rien déclaré." in said


def test_programme_without_any_territory_has_a_report(
    browse: Callable[[str], Client], release: Release
) -> None:
    joined(release).delete()
    for kind in ("pdf", "docx"):
        assert browse("facilitator").get(f"/programmes/labo/rapport.{kind}").status_code == 200


def test_hostile_texts_stay_texts(browse: Callable[[str], Client], member: Membership) -> None:
    Statement.objects.update(text=HOSTILE)
    client = browse("facilitator")
    assert squeezed('#import "/etc/passwd"') in pdf_text(
        client.get("/programmes/labo/rapport.pdf").content
    )
    page = docx.Document(io.BytesIO(client.get("/programmes/labo/rapport.docx").content))
    assert any("#import" in p.text for p in page.paragraphs)


def test_what_was_taken_back_is_not_told(member: Membership) -> None:
    Statement.objects.update(withdrawn_on=dt.date(2026, 6, 1))
    assert "Deux services" not in str(report_of(member.programme, TODAY()))


# The demonstration


@pytest.fixture
def demo(settings: Any, people: dict[str, Any]) -> Programme:
    settings.DEBUG = True
    call_command("demo_programme")
    return Programme.objects.get(code=CODE)


def test_demonstration_has_a_cohort_at_different_phases(demo: Programme, many: Release) -> None:
    found = cohort.read(demo, TODAY())
    assert demo.fictive
    assert len(found.here) == 3
    assert len({p.passed for p in found.here}) >= 2
    assert found.late
    assert any(p.membership.joined_late for p in found.here)
    reopened = [g for p in found.here for g in p.membership.gates.all() if g.outcome == "reopened"]
    assert reopened


def test_demonstration_tells_one_story(settings: Any, people: dict[str, Any]) -> None:
    """No gate is passed before what it asks for, and no Fresque is before the agreement."""
    settings.DEBUG = True
    call_command("demo_workshops", stdout=io.StringIO())
    call_command("demo_programme")
    found = cohort.read(Programme.objects.get(code=CODE), TODAY()).here
    assert sum("acculturation" in [x.phase.id for x in p.phases if x.passed_on] for p in found) == 2
    for p in found:
        assert [x.phase.id for x in p.phases if x.lacks] == []
        signed = p.membership.conventions.get().signed_on
        gates = {x.phase.id: x.passed_on for x in p.phases if x.passed_on}
        assert p.membership.joined_on <= signed <= gates["framing"]
        days = p.facts.days("fresque", TODAY())
        assert all(signed < day for day in days)
        if "diagnosis" in gates:
            walks = p.facts.days("walk", TODAY())
            assert walks[0] <= gates["diagnosis"]


def test_demonstration_has_data_in_every_state(demo: Programme) -> None:
    states = {d.clause(TODAY()) for d in Dataset.objects.all()}
    # A single neighbourhood is needed for what is signed and not there yet: `make site` has one.
    assert states >= set(Clause) - {Clause.SIGNED}
    public = Disagreement.objects.shown()
    assert public.count() == 2
    assert sorted(bool(x.answers.count()) for x in public) == [False, True]
    assert all(x.fictive for x in public)


def test_demonstration_made_again_changes_nothing(demo: Programme) -> None:
    call_command("demo_programme")
    assert Programme.objects.count() == 1


def test_demonstration_is_not_made_in_earnest(db: None, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="qu’avec LABO_DEBUG=1"):
        call_command("demo_programme")
