"""A sheet from its five fields to the whole, and nobody's text lost on the way."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labo_web.accounts import invitations
from labo_web.accounts.models import Organisation, Signature
from labo_web.releases.models import Release
from labo_web.roadmaps import demo, maturity
from labo_web.roadmaps.forms import MOST_ROWS
from labo_web.roadmaps.models import Action, Change, Decision, Partner, Roadmap, Step, Tracked
from tests.web.conftest import first_qpv
from tests.web.roadmap_forms import HERE, IDEA, idea, rows, shown, start, text_of, write

__all__ = ["shown"]
Browse = Callable[[str], Client]
MONEY = {"investment_ht": "12 500,50 €", "vat": "20", "investment_ttc": "15 000,60", "basis": "ht"}
LINE = {
    "funder": "Agence de l’eau", "payer": "agency", "line": "sols", "nature": "investment",
    "credit": "ordinary", "status": "asked",
}  # fmt: skip


def day(offset: int) -> str:
    return (timezone.localdate() + dt.timedelta(offset)).isoformat()


def test_five_fields_make_an_idea(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    begun = officer.get(f"{HERE}commencer/")
    assert "Feuille de route de Ville-Témoin" in begun.content.decode()
    assert officer.get(f"{HERE}actions/").status_code == 404
    start(officer)
    assert "Pas encore d’action" in text_of(officer.get(f"{HERE}actions/"))
    made = idea(officer, zones=[first_qpv(public)])
    assert (made.number_shown, made.level, made.zones) == ("A-1", "idea", [first_qpv(public)])
    read = text_of(officer.get(f"{HERE}actions/1/"))
    assert "une idée de l’équipe, sans atelier ni catalogue" in read.lower()
    assert "Pour devenir « à étudier », il manque" in read.replace("\u00a0", " ")
    assert Change.objects.filter(action=made).count() == 5


@pytest.mark.parametrize("absent", list(IDEA))
def test_an_idea_lacks_nothing_else(browse: Browse, public: Release, absent: str) -> None:
    officer = browse("officer")
    start(officer)
    refused = officer.post(f"{HERE}actions/nouvelle/", IDEA | {absent: ""})
    assert refused.status_code == 422
    for name, typed in IDEA.items():
        if name != absent:
            assert typed in text_of(refused) or typed in refused.content.decode()
    assert not Action.objects.exists()


def test_from_the_catalogue_and_it_says_so(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    start(officer)
    page = officer.get(f"{HERE}actions/nouvelle/?mesure=plant_trees")
    assert "Planter des arbres en pleine terre" in page.content.decode()
    officer.post(f"{HERE}actions/nouvelle/?mesure=plant_trees", IDEA)
    made = Action.objects.get()
    assert (made.origin, made.measure) == ("measure", "plant_trees")
    assert made.loses
    assert "Planter des arbres en pleine terre" in text_of(officer.get(f"{HERE}actions/1/"))
    assert officer.get(f"{HERE}actions/nouvelle/?mesure=inconnue").status_code == 404
    assert officer.get(f"{HERE}actions/nouvelle/?fiche=99").status_code == 404


def test_amounts_are_typed_as_french_people_do(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    line = LINE | {"amount": "12\u202f500,5"}
    saved = write(officer, made, "argent", **MONEY, **rows(line, LINE | {"funder": "Ville"}))
    assert saved.status_code == 302, text_of(saved)
    made.refresh_from_db()
    assert made.investment_ht == Decimal("12500.50")
    assert list(made.funding.values_list("amount", flat=True)) == [Decimal("12500.50"), None]
    read = text_of(officer.get(f"{HERE}actions/1/"))
    assert "12\u202f500,50\u202f€" in read
    assert "non communiqué" in read
    again = officer.get(f"{HERE}actions/1/ecrire/argent/").content.decode()
    assert 'value="12\u202f500,50"' in again


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("douze mille", "n’est pas un nombre"),
        ("12.500", "se lit de deux façons"),
        ("-3", "négatif"),
    ],
)
def test_amounts_refused_and_nothing_lost(
    browse: Browse, public: Release, typed: str, why: str
) -> None:
    officer = browse("officer")
    made = idea(officer)
    refused = write(
        officer, made, "argent", **MONEY | {"operating": typed}, **rows(LINE | {"amount": typed})
    )
    assert refused.status_code == 422
    page = refused.content.decode()
    assert page.count(why) == 2  # the field of the sheet and that of the line, at once
    assert page.count(f'value="{typed}"') == 2
    assert 'value="Agence de l’eau"' in page
    made.refresh_from_db()
    assert made.version == 1
    assert not made.funding.exists()


def test_a_step_of_the_past_is_refused_unless_done(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    past = {"label": "Visiter", "due_on": day(-3)}
    refused = write(officer, made, "etapes", **rows(past))
    assert refused.status_code == 422
    assert "est passé" in text_of(refused)
    assert "Visiter" in refused.content.decode()
    assert write(officer, made, "etapes", **rows(past | {"done_on": day(-2)})).status_code == 302
    # Once kept, a step that becomes late can be saved with the rest.
    step = Step.objects.get()
    Step.objects.update(done_on=None)
    same = past | {"pk": step.pk}
    new = {"label": "Ouvrir", "due_on": day(9), "after": 1}
    saved = write(officer, made, "etapes", **rows(same, new, initial=1))
    assert saved.status_code == 302, text_of(saved)
    assert [s.after for s in Step.objects.order_by("position")] == [None, step]
    backwards = {"label": "Finir", "starts_on": day(9), "due_on": day(3)}
    assert "avant de commencer" in text_of(write(officer, made, "etapes", **rows(backwards)))
    future = {"label": "Finir", "done_on": day(3)}
    assert "pas encore venu" in text_of(write(officer, made, "etapes", **rows(future)))
    wrong = {"label": "Finir", "due_on": "31/02/2027"}
    assert write(officer, made, "etapes", **rows(wrong)).status_code == 422


def test_steps_in_a_circle_are_refused(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    one, two, three = ({"label": x, "after": n} for x, n in (("a", 3), ("b", 1), ("c", 2)))
    refused = write(officer, made, "etapes", **rows(one, two, three))
    assert refused.status_code == 422
    assert "n° 1 → n° 3 → n° 2 → n° 1" in text_of(refused)
    itself = write(officer, made, "etapes", **rows({"label": "a", "after": 1}))
    assert "aucune ne peut commencer" in text_of(itself)
    nowhere = write(officer, made, "etapes", **rows({"label": "a", "after": 7}))
    assert "pas d’étape n° 7" in text_of(nowhere)
    assert not Step.objects.exists()


def test_more_rows_than_a_table_takes_can_be_removed(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    many = [{"label": f"étape {n}"} for n in range(MOST_ROWS + 1)]
    refused = write(officer, made, "etapes", **rows(*many))
    assert refused.status_code == 422
    assert f"plus {MOST_ROWS}" in text_of(refused)
    # Two who write at once may keep more between them.
    write(officer, made, "etapes", **rows(*many[:MOST_ROWS]))
    Step.objects.create(action=made, label="la leur", position=MOST_ROWS + 1)
    kept = [{"label": s.label, "pk": s.pk} for s in Step.objects.order_by("position")]
    kept[0]["DELETE"] = "on"
    saved = write(officer, made, "etapes", **rows(*kept, initial=len(kept)))
    assert saved.status_code == 302, text_of(saved)
    assert Step.objects.count() == MOST_ROWS


def test_rows_are_removed_reordered_and_kept(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    write(
        officer,
        made,
        "etapes",
        **rows({"label": "a"}, {"label": "b", "after": 1}, {"label": "c", "after": 2}),
    )
    a, b, c = Step.objects.order_by("position")
    sent = rows(
        {"label": "a", "pk": a.pk, "DELETE": "on"},
        {"label": "b2", "pk": b.pk, "after": ""},
        {"label": "c", "pk": c.pk, "after": 2},
        initial=3,
    )
    assert write(officer, made, "etapes", **sent).status_code == 302
    kept = list(Step.objects.order_by("position"))
    assert [(s.label, s.after) for s in kept] == [("b2", None), ("c", b)]
    told = text_of(officer.get(f"{HERE}actions/1/historique/"))
    assert "b2" in told
    body = Organisation.objects.create(name="Régie", kind="association")
    twice = rows(*[{"organisation": body.pk, "raci": "R"}] * 2)
    assert "déjà partenaire" in text_of(write(officer, made, "partenaires", carrier="x", **twice))
    Tracked.objects.create(action=made, kind="result", label="Arbres").observations.create(
        observed_on=day(-1), value=3, source="relevé"
    )
    kept_row = rows(
        {
            "kind": "result",
            "label": "Arbres",
            "every_months": 12,
            "pk": Tracked.objects.get().pk,
            "DELETE": "on",
        },
        initial=1,
    )
    refused = write(officer, made, "indicateurs", **kept_row)
    assert refused.status_code == 422
    assert "a déjà des relevés" in text_of(refused)


def test_two_who_write_the_same_part_lose_nothing(browse: Browse, public: Release) -> None:
    one, two = browse("officer"), browse("facilitator")
    made = idea(one)
    base = made.version
    first = {"objective": "Dix arbres, dit la première.", "public": "voisins"}
    second = {"objective": "Vingt arbres, dit la seconde.", "public": "voisins"}
    assert write(one, made, "besoin", base=base, **first).status_code == 302
    clash = write(two, made, "besoin", base=base, **second)
    assert clash.status_code == 409
    page = text_of(clash)
    assert "Dix arbres, dit la première." in page
    assert "Vingt arbres, dit la seconde." in page
    made.refresh_from_db()
    assert made.objective == first["objective"]
    # Saved again, knowingly: the other's text stays in the history.
    assert write(two, made, "besoin", **second).status_code == 302
    told = text_of(one.get(f"{HERE}actions/1/historique/"))
    assert "Dix arbres" in told
    assert "Vingt arbres" in told


def test_two_who_write_different_parts_do_not_disturb(browse: Browse, public: Release) -> None:
    one, two = browse("officer"), browse("facilitator")
    made = idea(one)
    base = made.version
    assert write(one, made, "besoin", base=base, objective="Dix arbres.").status_code == 302
    assert write(two, made, "effets", base=base, environment="De l’ombre.").status_code == 302
    made.refresh_from_db()
    assert (made.objective, made.environment) == ("Dix arbres.", "De l’ombre.")
    assert made.version == 3


def test_a_row_that_another_removed_is_written_again(browse: Browse, public: Release) -> None:
    one, two = browse("officer"), browse("facilitator")
    made = idea(one)
    write(one, made, "etapes", **rows({"label": "a"}))
    step, base = Step.objects.get(), Action.objects.get().version
    write(
        one,
        made,
        "etapes",
        base=base,
        **rows({"label": "a", "pk": step.pk, "DELETE": "on"}, initial=1),
    )
    mine = rows({"label": "a, récrite", "pk": step.pk}, initial=1)
    clash = write(two, made, "etapes", base=base, **mine)
    assert clash.status_code == 409
    assert "a, récrite" in clash.content.decode()
    assert write(two, made, "etapes", **mine).status_code == 302
    assert Step.objects.get().label == "a, récrite"


def test_partners_write_their_own_part_only(
    browse: Browse, public: Release, people: dict[str, Any]
) -> None:
    officer, reader = browse("officer"), people["reader"]
    made = idea(officer)
    assert browse("reader").get(f"{HERE}actions/1/").status_code == 404
    body = Organisation.objects.create(name="Bailleur de l’Ouest", kind="landlord")
    reader.organisation = body
    reader.save()
    write(officer, made, "partenaires", carrier="x", **rows({"organisation": body.pk, "raci": "R"}))
    write(
        officer, made, "etapes",
        **rows({"label": "la leur", "organisation": body.pk}, {"label": "une autre"}),
    )  # fmt: skip
    theirs, other = Step.objects.order_by("position")
    partner = browse("reader")
    assert partner.get(f"{HERE}actions/1/").status_code == 200
    assert partner.get(f"{HERE}actions/").status_code == 404
    assert write(partner, made, "besoin", objective="pris").status_code == 404
    page = partner.get(f"{HERE}actions/1/notre-part/")
    assert "une autre" not in text_of(page)
    base = page.context["base"]
    sent = {"base": base, "commitment": "Nous posons les volets.", f"done-{theirs.pk}": day(-1),
            f"done-{other.pk}": day(-1)}  # fmt: skip
    assert partner.post(f"{HERE}actions/1/notre-part/", sent).status_code == 302
    theirs.refresh_from_db()
    other.refresh_from_db()
    assert theirs.done_on is not None
    assert other.done_on is None
    assert Partner.objects.get().commitment == "Nous posons les volets."
    # A colleague with the old page is told, and loses nothing.
    clash = partner.post(f"{HERE}actions/1/notre-part/", sent | {"commitment": "Autre texte."})
    assert clash.status_code == 409
    assert "Autre texte." in clash.content.decode()
    assert "Nous posons les volets." in text_of(clash)
    ahead = partner.post(f"{HERE}actions/1/notre-part/", sent | {f"done-{theirs.pk}": day(4)})
    assert ahead.status_code == 422
    assert "pas encore venu" in text_of(ahead)


def test_each_level_asks_its_own_fields(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    decision = {"level": "study", "body": "cotech", "decided_on": day(-1), "reason": "Utile."}
    refused = officer.post(f"{HERE}actions/1/decider/", decision)
    assert refused.status_code == 422
    assert "Il manque à la fiche l’objectif et le public visé" in text_of(refused)
    assert "Utile." in text_of(refused)
    write(officer, made, "besoin", objective="Dix arbres.", public="voisins")
    assert officer.post(f"{HERE}actions/1/decider/", decision).status_code == 302
    made.refresh_from_db()
    assert made.level == "study"
    lacks = {w.label for w in maturity.missing(made, "ready")}
    assert lacks == {"le descriptif", "l’effet pour l’environnement", "à qui elle profite",
                     "qui pourrait y perdre", "le pilote", "une étape datée",
                     "le coût"}  # fmt: skip
    told = text_of(officer.get(f"{HERE}actions/1/"))
    assert "idée → à étudier" in told
    for change, why in (
        ({"decided_on": day(2), "level": "abandoned"}, "pas dans le futur"),
        ({"decided_on": day(-9), "level": "abandoned"}, "Donnez une date qui suit"),
        ({"reason": "", "level": "abandoned"}, "obligatoire"),
    ):
        refused = officer.post(f"{HERE}actions/1/decider/", decision | change)
        assert refused.status_code == 422
        assert why in text_of(refused)
    [row] = Decision.objects.all()
    assert (row.before, row.after, row.organisation) == ("idea", "study", None)


def test_both_halves_before_it_is_public(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    decision = {"level": "@publish", "body": "copil", "decided_on": day(0), "reason": "À suivre."}
    write(officer, made, "effets", environment="De l’ombre.")
    refused = officer.post(f"{HERE}actions/1/decider/", decision)
    assert refused.status_code == 422
    assert "La moitié « justice » de la fiche est vide" in text_of(refused)
    assert browse("visitor").get(HERE).status_code == 404
    write(
        officer, made, "effets", environment="De l’ombre.", benefits="Les aînés", loses="Personne"
    )
    assert officer.post(f"{HERE}actions/1/decider/", decision).status_code == 302
    assert "Planter la place" in text_of(browse("visitor").get(HERE))
    officer.post(f"{HERE}actions/1/decider/", decision | {"level": "@withdraw"})
    assert browse("visitor").get(HERE).status_code == 404


@pytest.mark.parametrize(
    "reason",
    [
        "L’Amicale des locataires ne l’a pas bien écrite.",
        "L’amicale des LOCATAIRES n’en veut plus.",
        "Demandez à Mme Durand.",
        "Écrire à quelqu.un@example.org pour savoir.",
        "Appeler le 02 41 00 00 00.",
        "contributor n’est pas venu… Contributor Test le dit.",
    ],
)
def test_a_refusal_speaks_of_the_idea(
    browse: Browse, public: Release, people: dict[str, Any], reason: str
) -> None:
    Organisation.objects.create(name="Amicale des locataires", kind="association")
    people["contributor"].name = "Contributor Test"
    people["contributor"].save()
    officer = browse("officer")
    idea(officer)
    sent = {"level": "abandoned", "body": "copil", "decided_on": day(0), "reason": reason}
    refused = officer.post(f"{HERE}actions/1/decider/", sent)
    assert refused.status_code == 422
    assert "elle parle de l’idée" in text_of(refused)
    assert not Decision.objects.exists()
    kept = officer.post(f"{HERE}actions/1/decider/", sent | {"reason": "Trop cher à entretenir."})
    assert kept.status_code == 302


def test_refused_ideas_are_told_with_the_reason_and_no_name(browse: Browse, shown: Roadmap) -> None:
    page = text_of(browse("visitor").get(HERE))
    [refused] = shown.actions.filter(level="abandoned")
    decision = refused.decisions.get(after="abandoned")
    assert refused.title in page
    assert decision.reason in page
    after = page[page.index("Ce qui n’a pas été retenu") :]
    for name in ("Agglomération (fictive)", "Bailleur", "Régie", "officer"):
        assert name not in after


def test_only_secured_money_is_public(browse: Browse, shown: Roadmap) -> None:
    page = text_of(browse("visitor").get(HERE))
    assert "Argent acquis : 192\u202f000\u202f€" in page.replace("\u00a0", " ")
    assert "312" not in page  # the cost of that action
    assert "sollicité" not in page
    assert "Oasis" in page or "oasis" in page


def test_public_log_says_what_not_who(browse: Browse, shown: Roadmap) -> None:
    seen = text_of(browse("visitor").get(f"{HERE}journal/"))
    assert "engagée → en cours" in seen
    assert "officer" not in seen
    hidden = shown.actions.filter(published_on=None)
    assert hidden.exists()
    for action in hidden:
        assert action.title not in seen
    assert "officer" in text_of(browse("officer").get(f"{HERE}journal/"))


def test_a_deleted_account_leaves_no_name(
    browse: Browse, shown: Roadmap, people: dict[str, Any]
) -> None:
    officer = people["officer"]
    officer.name = "Prénom Nomdefamille"
    officer.save()
    client = browse("officer")
    client.post(f"{HERE}versions/", {"title": "COPIL", "held_on": day(0)})
    write(client, shown.actions.get(number=6), "besoin", objective="Autre", public="tous")
    invitations.leave(officer)
    assert not Signature.objects.filter(name__contains="Nomdefamille").exists()
    facilitator = browse("facilitator")
    paths = ["", "journal/", "actions/", "actions/6/", "actions/6/historique/", "versions/",
             "versions/1/", "versions/1/?format=json", "suivi/", "fil/",
             "actions/6/fil/"]  # fmt: skip
    for path in paths:
        answer = facilitator.get(HERE + path)
        assert answer.status_code == 200
        assert "Nomdefamille" not in answer.content.decode(), path
    assert "n’a plus de compte" in text_of(facilitator.get(f"{HERE}actions/6/historique/"))


def test_frozen_versions_never_change(browse: Browse, shown: Roadmap) -> None:
    officer = browse("officer")
    officer.post(f"{HERE}versions/", {"title": "COPIL d’automne", "held_on": day(0)})
    before = officer.get(f"{HERE}versions/1/?format=json").json()
    write(officer, shown.actions.get(number=6), "besoin", objective="Autre", public="tous")
    frozen = shown.frozen.get()
    assert officer.get(f"{HERE}versions/1/?format=json").json() == before
    assert "elle n’a pas changé" in text_of(officer.get(f"{HERE}versions/1/"))
    frozen.title = "récrite"
    with pytest.raises(TypeError):
        frozen.save()
    officer.post(f"{HERE}versions/", {"title": "Suivant", "held_on": day(0)})
    assert [f.number for f in shown.frozen.order_by("number")] == [1, 2]
    assert officer.get(f"{HERE}versions/2/?format=json").json() != before
    # It holds bodies, and no person.
    assert "officer" not in str(before)


def test_demo_is_written_once_and_only_where_all_is_invented(
    shown: Roadmap, people: dict[str, Any]
) -> None:
    assert demo.write(shown.territory, people["officer"]) is None
    Release.objects.filter(territory=shown.territory).update(fictive=False)
    with pytest.raises(demo.NotFictive):
        demo.write(shown.territory, people["officer"])


def test_pages_of_the_list_are_a_few_queries(
    browse: Browse, shown: Roadmap, django_assert_max_num_queries: Any
) -> None:
    officer = browse("officer")
    with django_assert_max_num_queries(9):
        assert officer.get(f"{HERE}actions/").status_code == 200


def test_the_ends_of_lines_are_no_change(browse: Browse, public: Release) -> None:
    officer = browse("officer")
    made = idea(officer)
    texts = {"environment": "De l’ombre.\nDe l’eau.", "benefits": "a", "loses": "b"}
    assert write(officer, made, "effets", **texts).status_code == 302
    before = made.changes.count()
    # As a browser sends what it was given.
    sent = texts | {"environment": "De l’ombre.\r\nDe l’eau.", "equality": "c"}
    assert write(officer, made, "effets", **sent).status_code == 302
    fresh = made.changes.order_by("pk")[before:]
    assert [c.field for c in fresh] == ["equality"]
    made.refresh_from_db()
    assert made.environment == texts["environment"]
