"""Energy and bills: to be less cold, less hot, and less in debt."""

from labo.measure import (
    below,
    checked,
    figured,
    maybe,
    measure,
    no,
    protects,
    to_check,
    unfigured,
    yes,
)
from labo.measure_references import SLIME, SOLAR

FEW_FLATS = to_check(0.10, 0.05, 0.20, "1", "part des ménages en habitat collectif")
FEW_SOCIAL = to_check(0.02, 0.01, 0.05, "1", "part des logements sociaux")

measure(
    id="collective_solar",
    label="Partager l'électricité des toits",
    summary=(
        "Des panneaux solaires sur les toits du bailleur, dont l'électricité est répartie entre "
        "les "
        "parties communes et les locataires volontaires."
    ),
    family="energy",
    kind="grey",
    hazards=("energy",),
    unit="kilowatt",
    unit_label="kW de panneaux",
    capital=to_check(1_400, 1_000, 1_800, "euro / kilowatt", "posé et raccordé, hors taxes"),
    running=to_check(30, 15, 60, "euro / kilowatt / year", "entretien, assurance, répartition"),
    lifetime=to_check(25, 20, 30, "year", "panneaux"),
    delay=to_check(18, 12, 24, "month", "étude, accord, raccordement"),
    full_effect=to_check(1, 0, 1, "year", "dès la mise en service"),
    effects=(
        figured(
            "energy",
            "Une part de la facture d'électricité, selon la clé de répartition.",
            to_check(-0.12, -0.2, -0.05, "1", "facture d'électricité d'un locataire volontaire"),
        ),
        unfigured("surface", "Le panneau fait de l'ombre au toit, mais chauffe lui-même."),
    ),
    changes=(),
    opens=(),
    answers={
        "energy_poverty_share": protects("Une facture un peu plus basse chaque mois."),
    },
    leans_on={
        "collective_housing_share": "De grands toits plats.",
        "social_housing_share": "Un bailleur qui peut porter le projet.",
    },
    needs=("roof", "landlord", "agreement"),
    limits=(
        below(
            "collective_housing_share", FEW_FLATS, "pointless", "Presque pas de grands toits plats."
        ),
    ),
    impossible_if=("Le toit est à l'ombre ou trop faible.", "Le réseau ne peut pas raccorder."),
    decides=("landlord", "co_owners", "energy_grid", "residents"),
    funding=("banque_territoires", "feder", "region", "cee"),
    co_benefits=("Une énergie d'ici", "Un projet commun"),
    pitfalls=("Clé de répartition que personne ne comprend.", "Gain mangé par la gestion."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("Baisse attendue ; vérifier les frais de gestion."),
        resources=no("Elle produit ; la fabrication émet."),
        upkeep=maybe("Contrat d'entretien à prévoir."),
        extremes=maybe("Un panneau très chaud produit moins."),
        excludes=maybe("Ceux qui n'ont pas compris ou osé signer."),
        irreversible=no("Ils se démontent."),
    ),
    benefits=("Locataires volontaires", "Bailleur, pour les parties communes"),
    loses=("Locataires non inscrits, s'ils paient quand même les charges",),
    references=(SOLAR,),
)

measure(
    id="energy_home_visits",
    label="Visiter les logements pour l'énergie, l'eau et la chaleur",
    summary=(
        "Une visite chez les ménages volontaires : petits équipements posés, facture lue ensemble, "
        "gestes d'hiver et d'été, suite donnée auprès du bailleur."
    ),
    family="energy",
    kind="soft",
    hazards=("energy", "heat"),
    unit="household",
    unit_label="ménage visité",
    capital=to_check(500, 300, 800, "euro / household", "visite, équipements et suites"),
    running=to_check(30, 0, 100, "euro / household / year", "rappel et suivi"),
    lifetime=to_check(5, 3, 8, "year", "équipements et gestes"),
    delay=to_check(4, 2, 6, "month", "équipe et repérage"),
    full_effect=to_check(1, 1, 2, "year", "un hiver et un été"),
    effects=(
        figured(
            "energy",
            "Une économie modeste, plus grande pour l'eau.",
            to_check(-0.08, -0.15, -0.02, "1", "factures d'énergie et d'eau du ménage"),
        ),
        figured(
            "indoors",
            "De bons gestes, un peu moins de chaleur.",
            to_check(-0.5, -1.5, 0, "kelvin", "air du logement, de jour, en été"),
        ),
        unfigured("rights", "Chèque énergie, fonds de solidarité, signalements au bailleur."),
    ),
    changes=(),
    opens=(),
    answers={
        "energy_poverty_share": protects("Les ménages en peine sont repérés et aidés."),
        "dpe_f_g_share": protects("De quoi tenir en attendant les travaux."),
        "poor_summer_comfort_share": protects("Les gestes d'été expliqués sur place."),
        "single_parent_household_share": protects("Une aide à domicile, à l'heure qui convient."),
    },
    leans_on={
        "associations_per_1000": "Des associations pour repérer et visiter.",
        "social_housing_share": "Un bailleur à qui signaler les défauts.",
    },
    needs=("people", "agreement"),
    limits=(),
    impossible_if=("Aucune équipe formée à moins d'une heure.",),
    decides=("epci", "commune", "departement", "association"),
    funding=("cee", "departement", "droit_commun", "p147", "tfpb"),
    co_benefits=("Droits ouverts", "Emplois d'insertion"),
    pitfalls=("Culpabiliser des gens qui consomment déjà peu.", "Visite sans suite."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit, et des économies."),
        resources=no("Elle en économise."),
        upkeep=yes("Un programme à refinancer."),
        extremes=maybe("Les gestes ne suffisent pas à 40 °C."),
        excludes=maybe("Ceux qui n'ouvrent pas leur porte."),
        irreversible=no("Rien de définitif."),
    ),
    benefits=("Ménages modestes",),
    loses=("Personne en particulier",),
    references=(SLIME,),
)

measure(
    id="charges_watch",
    label="Vérifier loyers et charges avant et après les travaux",
    summary=(
        "Un engagement écrit du bailleur, vérifié chaque année avec les locataires : le total "
        "loyer "
        "plus charges ne monte pas plus que la facture ne baisse."
    ),
    family="energy",
    kind="soft",
    hazards=("energy",),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(20, 5, 60, "euro / dwelling", "relevé de départ et accord"),
    running=to_check(10, 3, 25, "euro / dwelling / year", "relevé, réunion, aide aux locataires"),
    lifetime=to_check(6, 3, 10, "year", "durée de l'engagement"),
    delay=to_check(4, 2, 9, "month", "accord avec les associations de locataires"),
    full_effect=to_check(2, 1, 3, "year", "deux décomptes de charges"),
    effects=(
        unfigured("energy", "Une dépense totale connue et tenue ; pas de chiffre."),
        unfigured("rights", "Des régularisations contestées à temps."),
    ),
    changes=(),
    opens=(),
    answers={
        "energy_poverty_share": protects("La rénovation profite à ceux qui paient."),
        "poverty_share": protects("Personne ne part parce que le loyer a monté."),
        "tenant_share": protects("Les locataires ont un recours et des chiffres."),
    },
    leans_on={"social_housing_share": "Un bailleur avec qui s'engager."},
    needs=("people", "landlord"),
    limits=(
        below(
            "social_housing_share",
            FEW_SOCIAL,
            "impossible",
            "Presque pas de logement social : pas de bailleur avec qui s'engager.",
        ),
    ),
    impossible_if=("Le bailleur refuse de donner le détail des charges.",),
    decides=("landlord", "residents", "state"),
    funding=("droit_commun", "tfpb", "p147"),
    co_benefits=("Confiance avant un chantier",),
    pitfalls=("Un engagement sans chiffres de départ ne se vérifie pas.",),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("C'est son but de les tenir."),
        resources=no("Rien."),
        upkeep=maybe("Une réunion par an, à tenir."),
        extremes=no("Sans lien avec la chaleur."),
        excludes=maybe("Les locataires du parc privé."),
        irreversible=no("Rien de définitif."),
    ),
    benefits=("Locataires modestes",),
    loses=("Bailleur, si ses recettes baissent",),
    references=(SLIME,),
)
