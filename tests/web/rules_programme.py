"""Who may do what in programme: see test_permissions."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from labo_web.accounts.models import Organisation, fingerprint
from labo_web.programme.models import (
    DataQuestion,
    Dataset,
    Deliverable,
    Disagreement,
    GroupSeat,
    Membership,
    PartnerImport,
    Programme,
    Statement,
    SupportDay,
)
from labo_web.releases.models import Release
from tests.web.rules import ALL, OFFICER, REFUSED, TEAM, Statuses, all_get, only

ROOT = "programmes/<code:code>/"
HERE = f"{ROOT}territoires/<code:territory>/"
DATA = f"{ROOT}donnees/"
FILE = f"{HERE}donnees/<int:pk>/"
AT = "programmes/labo/"
IN = f"{AT}territoires/999000001/"
# It is in `?…` of addresses that speak of no row, so that the programme and its member are made.
READY = "?JOINED"
LETTER = "a-disagreement-link"
RUN = only(200, "facilitator")
# Datasets of one's own territory: the officer of the other one has none in this programme.
WRITE = only(200, "officer", "facilitator")

# Address as declared: example, answers while open to the team only, answers once public. A
# programme does not open with a release: the one here is public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {
    "programmes/": ("programmes/", ALL, ALL),
    "programmes/nouveau/": ("programmes/nouveau/", RUN, RUN),
    ROOT: (f"{AT}{READY}", ALL, ALL),
    f"{ROOT}suivi/": (f"{AT}suivi/{READY}", ALL, ALL),
    f"{ROOT}tableau/": (f"{AT}tableau/{READY}", RUN, RUN),
    f"{ROOT}modifier/": (f"{AT}modifier/{READY}", RUN, RUN),
    f"{ROOT}candidatures/": (f"{AT}candidatures/{READY}", RUN, RUN),
    f"{ROOT}rapport.<kind:kind>": (f"{AT}rapport.docx{READY}", RUN, RUN),
    f"{ROOT}territoires/ajouter/": (f"{AT}territoires/ajouter/{READY}", RUN, RUN),
    HERE: (f"{IN}{READY}", TEAM, TEAM),
    f"{HERE}sortie/": (f"{IN}sortie/{READY}", RUN, RUN),
    f"{HERE}phases/<code:phase>/": (f"{IN}phases/data/{READY}", TEAM, TEAM),
    f"{HERE}livrables/<int:pk>/": (f"{IN}livrables/OWED/", OFFICER, OFFICER),
    f"{HERE}accompagnement/": (f"{IN}accompagnement/{READY}", TEAM, TEAM),
    f"{HERE}accompagnement/<int:pk>/": (f"{IN}accompagnement/DAYS/", RUN, RUN),
    f"{HERE}accompagnement/<int:pk>/retirer/": (
        f"{IN}accompagnement/STATED/retirer/", REFUSED, REFUSED),
    FILE: (f"{IN}donnees/DATASET/", TEAM, TEAM),
    f"{FILE}description.toml": (f"{IN}donnees/DATASET/description.toml", TEAM, TEAM),
    f"{HERE}importations/<int:pk>/": (f"{IN}importations/ACCEPTED/", TEAM, TEAM),
    DATA: (f"{AT}donnees/{READY}", ALL, ALL),
    f"{DATA}questions/": (f"{AT}donnees/questions/{READY}", RUN, RUN),
    f"{DATA}questions/<int:pk>/": (f"{AT}donnees/questions/ASKED/", RUN, RUN),
    f"{DATA}groupe/": (f"{AT}donnees/groupe/{READY}", RUN, RUN),
    f"{DATA}groupe/<int:pk>/retirer/": (f"{AT}donnees/groupe/SEAT/retirer/", REFUSED, REFUSED),
    f"{DATA}decisions/": (f"{AT}donnees/decisions/{READY}", RUN, RUN),
    f"{DATA}jeux/": (f"{AT}donnees/jeux/{READY}", WRITE, WRITE),
    f"{DATA}jeux/<int:pk>/": (f"{AT}donnees/jeux/DATASET/", WRITE, WRITE),
    f"{DATA}desaccord/": (f"{AT}donnees/desaccord/{READY}", ALL, ALL),
    f"{DATA}desaccords/": (f"{AT}donnees/desaccords/{READY}", RUN, RUN),
    f"{DATA}desaccords/<int:pk>/": (f"{AT}donnees/desaccords/DISAGREED/", RUN, RUN),
    # Whoever holds the link, and nobody else can: it is the secret.
    "desaccords/<str:token>/": (f"desaccords/{LETTER}/", ALL, ALL),
}  # fmt: skip
RUN_FORM = only(422, "facilitator")
FORM = only(422, "officer", "facilitator")
TEAM_FORM = only(422, "analyst", "officer", "facilitator")
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {
    "programmes/nouveau/": RUN_FORM,
    f"{ROOT}modifier/": RUN_FORM,
    f"{ROOT}candidatures/": RUN_FORM,
    f"{ROOT}territoires/ajouter/": RUN_FORM,
    f"{HERE}sortie/": RUN_FORM,
    f"{HERE}phases/<code:phase>/": FORM,
    f"{HERE}livrables/<int:pk>/": FORM,
    f"{HERE}accompagnement/": FORM,
    f"{HERE}accompagnement/<int:pk>/": RUN_FORM,
    f"{HERE}accompagnement/<int:pk>/retirer/": only(302, "officer", "facilitator"),
    FILE: TEAM_FORM,
    # Taken back: its figures go.
    f"{HERE}importations/<int:pk>/": only(302, "analyst", "officer", "facilitator"),
    f"{DATA}questions/": RUN_FORM,
    f"{DATA}questions/<int:pk>/": RUN_FORM,
    f"{DATA}groupe/": RUN_FORM,
    f"{DATA}groupe/<int:pk>/retirer/": only(302, "facilitator"),
    f"{DATA}decisions/": RUN_FORM,
    f"{DATA}jeux/": FORM,
    f"{DATA}jeux/<int:pk>/": FORM,
    f"{DATA}desaccord/": all_get(422),
    f"{DATA}desaccords/<int:pk>/": RUN_FORM,
    "desaccords/<str:token>/": all_get(302),
}


def programme_of(**more: Any) -> Programme:
    """Make a public programme."""
    fields: dict[str, Any] = {
        "title": "Labo", "purpose": "Ensemble.", "starts_on": dt.date(2026, 1, 5),
        "ends_on": dt.date(2027, 6, 30), "published_on": dt.date(2026, 1, 5),
    }  # fmt: skip
    return Programme.objects.get_or_create(code="labo", defaults=fields | more)[0]


def joined(release: Release) -> Membership:
    """Make the programme, with the territory of a release in it since the beginning."""
    programme = programme_of()
    return Membership.objects.get_or_create(
        programme=programme, territory=release.territory,
        defaults={"joined_on": programme.starts_on},
    )[0]  # fmt: skip


def agreed(member: Membership, **more: Any) -> Dataset:
    """Make a dataset under an agreement that holds."""
    fields: dict[str, Any] = {
        "label": "Logements", "access": "agreement", "holder": "Bailleur (fictif)",
        "grain": "QPV", "vintage": "2026", "purpose": "Voir la chaleur",
        "signed_on": dt.date(2026, 1, 5), "expires_on": dt.date(2036, 1, 5),
    }  # fmt: skip
    return Dataset.objects.create(programme=member.programme, membership=member, **(fields | more))


def filed(programme: Programme, **more: Any) -> Disagreement:
    """Make a disagreement that nobody read yet."""
    made = Disagreement(programme=programme, **({"text": "Je ne suis pas d’accord."} | more))
    made.renew()
    made.save()
    return made


def accepted(member: Membership, **more: Any) -> PartnerImport:
    """Make an import that was accepted, with one total of one zone."""
    terms = {
        "partner": "Bailleur (fictif)", "purpose": "Voir", "licence": "convention",
        "signed": "2026-01-05", "expires": "2036-01-05", "contact": "service",
        "publication": "territory team", "secrecy_threshold": 11, "written_agreements": [],
    }  # fmt: skip
    fields: dict[str, Any] = {
        "label": "Logements", "vintage": "2026", "expires_on": dt.date(2036, 1, 5),
        "agreement": terms,
        "measures": [{"id": "ensemble", "label": "LOGEMENTS", "unit": "dwelling", "among": "",
                      "splits": {}}],
        "report": {"read": 1, "kept": 1},
        "table": [{"zone": "QN00101M", "kind": "qpv", "measure": "ensemble", "split": "",
                   "category": "", "value": 40.0, "unit": "dwelling", "availability": 1.0,
                   "reason": "", "note": ""}],
    }  # fmt: skip
    dataset = more.pop("dataset", None) or agreed(member)
    return PartnerImport.objects.create(dataset=dataset, membership=member, **(fields | more))


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""
    day = dt.date(2026, 5, 4)

    def body() -> Organisation:
        return Organisation.objects.get_or_create(name="Bailleur (fictif)", kind="landlord")[0]

    def owed() -> int:
        member = joined(release)
        return Deliverable.objects.create(
            membership=member, phase="data", title="Base", due_on=day
        ).pk

    def days() -> int:
        member = joined(release)
        return SupportDay.objects.create(
            membership=member, kind="data", label="Revue", organisation=body(), days=1
        ).pk

    def stated() -> int:
        member = joined(release)
        return Statement.objects.create(
            membership=member, text="Oui.", evidence="p. 3", stated_on=day, organisation=body()
        ).pk

    def seat() -> int:
        programme = joined(release).programme
        return GroupSeat.objects.create(
            programme=programme, organisation=body(), function="géomatique", field="data"
        ).pk

    def linked() -> str:
        found = filed(joined(release).programme)
        Disagreement.objects.filter(pk=found.pk).update(token_hash=fingerprint(LETTER))
        return LETTER

    return {
        "JOINED": lambda: joined(release).pk,
        "OWED": owed,
        "DAYS": days,
        "STATED": stated,
        "DATASET": lambda: agreed(joined(release)).pk,
        "ACCEPTED": lambda: accepted(joined(release)).pk,
        "ASKED": lambda: (
            DataQuestion.objects.create(
                programme=joined(release).programme, text="Où fait-il chaud ?"
            ).pk
        ),
        "SEAT": seat,
        "DISAGREED": lambda: filed(joined(release).programme).pk,
        LETTER: linked,
    }
