"""A roadmap and its action sheets, with their steps, partners, money, indicators and gradings."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from labo_web.accounts.models import Organisation, Signature, Territory

FIRST_STEP_DAYS = 90
CENTS: dict[str, Any] = {"max_digits": 13, "decimal_places": 2, "null": True, "blank": True}
FIGURE: dict[str, Any] = {"max_digits": 16, "decimal_places": 4, "null": True, "blank": True}


class Level(models.TextChoices):
    """How far an action has come."""

    IDEA = "idea", "idée"
    STUDY = "study", "à étudier"
    READY = "ready", "prête"
    ENGAGED = "engaged", "engagée"
    UNDER_WAY = "under_way", "en cours"
    DONE = "done", "réalisée"
    ABANDONED = "abandoned", "abandonnée"


ALIVE = (Level.IDEA, Level.STUDY, Level.READY, Level.ENGAGED, Level.UNDER_WAY)
COMMITTED = (Level.ENGAGED, Level.UNDER_WAY, Level.DONE)


class Roadmap(models.Model):
    """The roadmap of a territory: its actions go into the contrat de ville."""

    territory = models.OneToOneField(Territory, on_delete=models.PROTECT, related_name="roadmap")
    title = models.CharField("titre", max_length=200)
    contract = models.CharField("contrat de ville", max_length=200, blank=True)
    opened_at = models.DateTimeField("commencée le", default=timezone.now)

    def __str__(self) -> str:
        return self.title

    @property
    def fictive(self) -> bool:
        """Whether its territory is invented."""
        return self.territory.releases.filter(fictive=True).exists()


class ActionQuerySet(models.QuerySet["Action"]):
    """What is asked of actions."""

    def whole(self) -> Self:
        """Bring what checks, money and exports read, in a fixed number of queries."""
        return self.select_related("pilot", "roadmap__territory").prefetch_related(
            "steps",
            "partners__organisation",
            "funding",
            "tracked",
            "gradings",
            "links",
            "decisions",
            "pieces",
        )

    def alive(self) -> Self:
        """Keep those that are neither done nor abandoned."""
        return self.filter(level__in=ALIVE)

    def public(self) -> Self:
        """Keep those that were published."""
        return self.exclude(published_on=None)


class Action(models.Model):
    """An action sheet. Five fields make an idea; each level of maturity adds its own."""

    class Origin(models.TextChoices):
        """Where an action comes from."""

        SOLUTION = "solution", "une fiche solution d’un atelier"
        MEASURE = "measure", "le catalogue des solutions"
        NOTHING = "nothing", "une idée de l’équipe, sans atelier ni catalogue"
        PLAN = "plan", "un plan existant, repris"

    class Basis(models.TextChoices):
        """The cost that a funding plan covers."""

        HT = "ht", "hors taxes (la TVA est récupérée)"
        TTC = "ttc", "toutes taxes comprises"

    roadmap = models.ForeignKey(Roadmap, on_delete=models.PROTECT, related_name="actions")
    number = models.PositiveIntegerField("numéro")
    version = models.PositiveIntegerField("version", default=1)
    level = models.CharField("maturité", max_length=10, choices=Level.choices, default=Level.IDEA)
    origin = models.CharField("origine", max_length=10, choices=Origin.choices)
    # The measure of the catalogue, or the solution sheet, in the words of that day.
    measure = models.CharField(max_length=100, blank=True)
    origin_label = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField("créée le", default=timezone.now)
    created_by = models.ForeignKey(
        Signature, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_on = models.DateField("publiée le", null=True, blank=True)

    # An idea.
    title = models.CharField("titre", max_length=200)
    # Codes of neighbourhoods; none is the whole territory.
    zones = models.JSONField("où", default=list, blank=True)
    finding = models.TextField("constat", max_length=3_000)
    carrier = models.CharField("qui la porte", max_length=200)
    first_step = models.CharField("première étape", max_length=300)

    # The need.
    place = models.CharField("lieu précis", max_length=300, blank=True)
    axis = models.CharField("axe ou objectif du contrat", max_length=200, blank=True)
    objective = models.TextField("objectif", max_length=2_000, blank=True)
    public = models.CharField("public visé", max_length=300, blank=True)
    headcount = models.PositiveIntegerField("effectif estimé", null=True, blank=True)
    description = models.TextField("descriptif", max_length=6_000, blank=True)
    participation = models.TextField("participation des habitants", max_length=2_000, blank=True)
    conditions = models.TextField("conditions de réussite", max_length=2_000, blank=True)

    # The two halves, and what may go wrong.
    environment = models.TextField("effet pour l’environnement", max_length=2_000, blank=True)
    benefits = models.TextField("à qui elle profite", max_length=2_000, blank=True)
    loses = models.TextField("qui pourrait y perdre", max_length=2_000, blank=True)
    equality = models.TextField("égalité femmes-hommes", max_length=2_000, blank=True)
    risks = models.TextField("risques et maladaptation", max_length=2_000, blank=True)

    # Who.
    pilot = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="piloted"
    )

    # Money, in euros.
    investment_ht = models.DecimalField("investissement HT", **CENTS)
    investment_ttc = models.DecimalField("investissement TTC", **CENTS)
    vat = models.DecimalField("taux de TVA", max_digits=4, decimal_places=1, null=True, blank=True)
    operating = models.DecimalField("fonctionnement, en tout", **CENTS)
    upkeep = models.DecimalField("entretien sur 10 ans", **CENTS)
    upkeep_by = models.CharField("qui paie l’entretien", max_length=200, blank=True)
    basis = models.CharField(
        "plan de financement", max_length=3, choices=Basis.choices, default=Basis.HT
    )
    urban_renewal = models.BooleanField(
        "dans une convention de renouvellement urbain (ANRU)", default=False
    )

    objects = ActionQuerySet.as_manager()

    class Meta:  # noqa: D106
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["roadmap", "number"], name="action_number")
        ]

    def __str__(self) -> str:
        return f"{self.number_shown} {self.title}"

    @property
    def number_shown(self) -> str:
        """The number as it is said aloud and printed: « A-12 »."""
        return f"A-{self.number}"

    @property
    def investment(self) -> Decimal | None:
        """The cost of the works, on the basis of the funding plan."""
        return self.investment_ht if self.basis == self.Basis.HT else self.investment_ttc

    @property
    def cost(self) -> Decimal | None:
        """What the funding plan has to cover; nothing where no cost is known."""
        known = [x for x in (self.investment, self.operating) if x is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def halves(self) -> dict[str, bool]:
        """The two halves of the sheet, and whether each is filled."""
        return {
            "environnement": bool(self.environment),
            "justice": bool(self.benefits and self.loses),
        }

    @property
    def level_label(self) -> str:
        """Its level of maturity, in words."""
        return str(Level(self.level).label)


class Step(models.Model):
    """A step of an action, with its days and the step it waits for."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    label = models.CharField("étape", max_length=300)
    starts_on = models.DateField("début", null=True, blank=True)
    due_on = models.DateField("échéance", null=True, blank=True)
    after = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="steps"
    )
    done_on = models.DateField("faite le", null=True, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.label

    def late(self, today: dt.date) -> bool:
        """Whether its day has passed and it is not done."""
        return self.done_on is None and self.due_on is not None and self.due_on < today


class Partner(models.Model):
    """A body that takes part, and what it says that it does: that text is its own."""

    class Raci(models.TextChoices):
        """What a partner is in an action."""

        RESPONSIBLE = "R", "réalise"
        ACCOUNTABLE = "A", "répond du résultat"
        CONSULTED = "C", "consulté"
        INFORMED = "I", "informé"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="partnerships"
    )
    raci = models.CharField("rôle", max_length=1, choices=Raci.choices)
    commitment = models.TextField("ce qu’il s’engage à faire", max_length=2_000, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "organisation"], name="partner_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.get_raci_display()})"


class FundingLine(models.Model):
    """A line of a funding plan. An amount that is not known stays empty: it is never zero."""

    class Payer(models.TextChoices):
        """What pays."""

        OWN = "own", "le porteur lui-même"
        AUTHORITY = "authority", "une autre collectivité"
        STATE = "state", "État"
        AGENCY = "agency", "agence ou opérateur public"
        EUROPE = "europe", "Union européenne"
        LANDLORD = "landlord", "bailleur"
        PRIVATE = "private", "privé, fondation"
        UNSAID = "unsaid", "pas dit"

    class Nature(models.TextChoices):
        """What is paid."""

        INVESTMENT = "investment", "investissement"
        OPERATING = "operating", "fonctionnement"

    class Credit(models.TextChoices):
        """The two kinds of money of the contrat de ville."""

        ORDINARY = "ordinary", "droit commun"
        SPECIFIC = "specific", "crédits spécifiques"

    class Status(models.TextChoices):
        """How sure it is."""

        PLANNED = "planned", "à solliciter"
        ASKED = "asked", "sollicité"
        SECURED = "secured", "acquis"
        REFUSED = "refused", "refusé"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="funding")
    funder = models.CharField("financeur", max_length=200)
    payer = models.CharField("nature du financeur", max_length=10, choices=Payer.choices)
    # Of `funds.FUNDS`, where there is a rule to read.
    fund = models.CharField("dispositif", max_length=30, blank=True)
    line = models.CharField("ligne", max_length=200, blank=True)
    reference = models.CharField("numéro de dossier", max_length=60, blank=True)
    nature = models.CharField("pour", max_length=10, choices=Nature.choices)
    credit = models.CharField("crédits", max_length=10, choices=Credit.choices)
    amount = models.DecimalField("montant", **CENTS)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.PLANNED)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.funder, self.line)))

    @property
    def counts(self) -> bool:
        """Whether it is still hoped for."""
        return self.status != self.Status.REFUSED


# Payers whose money is public: the base on which the own share is counted.
PUBLIC_PAYERS = {
    FundingLine.Payer.OWN,
    FundingLine.Payer.AUTHORITY,
    FundingLine.Payer.STATE,
    FundingLine.Payer.AGENCY,
    FundingLine.Payer.EUROPE,
}


class Tracked(models.Model):
    """An indicator by which an action is followed: of the releases where one exists."""

    class Kind(models.TextChoices):
        """What it tells."""

        MEANS = "means", "moyens"
        OUTPUT = "output", "réalisation"
        RESULT = "result", "résultat"

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="tracked")
    kind = models.CharField("indicateur de", max_length=10, choices=Kind.choices)
    label = models.CharField("ce que l’on suit", max_length=250)
    unit = models.CharField("unité", max_length=60, blank=True)
    baseline = models.DecimalField("valeur de départ", **FIGURE)
    baseline_on = models.DateField("date de la valeur de départ", null=True, blank=True)
    target_2027 = models.DecimalField("cible 2027", **FIGURE)
    target_2030 = models.DecimalField("cible 2030", **FIGURE)
    source = models.CharField("source", max_length=200, blank=True)
    every_months = models.PositiveSmallIntegerField("relevé tous les (mois)", default=12)
    # An indicator of the releases, in a zone: its values then come by themselves.
    indicator = models.CharField("indicateur du diagnostic", max_length=100, blank=True)
    zone = models.CharField("quartier", max_length=60, blank=True)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.label


GOALS = {
    1: "Pas de pauvreté",
    2: "Faim « zéro »",
    3: "Bonne santé et bien-être",
    4: "Éducation de qualité",
    5: "Égalité entre les sexes",
    6: "Eau propre et assainissement",
    7: "Énergie propre et d’un coût abordable",
    8: "Travail décent et croissance économique",
    9: "Industrie, innovation et infrastructure",
    10: "Inégalités réduites",
    11: "Villes et communautés durables",
    12: "Consommation et production responsables",
    13: "Lutte contre les changements climatiques",
    14: "Vie aquatique",
    15: "Vie terrestre",
    16: "Paix, justice et institutions efficaces",
    17: "Partenariats pour la réalisation des objectifs",
}


class Grading(models.Model):
    """What an action does to a goal of sustainable development, from −2 to +2, and why."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="gradings")
    goal = models.PositiveSmallIntegerField(
        "objectif", choices=[(n, f"{n}. {label}") for n, label in GOALS.items()]
    )
    grade = models.SmallIntegerField(
        "cotation",
        choices=[(2, "+2"), (1, "+1"), (0, "0"), (-1, "−1"), (-2, "−2")],
    )
    why = models.CharField("pourquoi", max_length=300)

    class Meta:  # noqa: D106
        ordering: ClassVar = ["goal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "goal"], name="grading_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_goal_display()}: {self.get_grade_display()}"
