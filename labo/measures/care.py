"""People who look after people: what saves lives first, and costs little concrete."""

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
from labo.measure_references import (
    ADULTES_RELAIS,
    CASF_REGISTER,
    HEAT_PLAN,
    SPF_HEAT,
    WORK_IN_HEAT,
)

FEW_SOCIAL = to_check(0.02, 0.01, 0.05, "1", "part des logements sociaux")
FEW_FLATS = to_check(0.10, 0.05, 0.20, "1", "part des ménages en habitat collectif")
STATE_SHARE = (
    f"Coût complet à vérifier ; l'aide de l'État à un poste adulte-relais est d'environ 19 900 € "
    f"par an (2020), {ADULTES_RELAIS.url}"
)

measure(
    id="home_visits",
    label="Visiter et appeler les personnes isolées",
    summary=(
        "Repérer avant l'été, avec le CCAS et les voisins, ceux qui sont seuls ; appeler et passer "
        "chaque jour de canicule ; aider à boire, à fermer, à aller au frais."
    ),
    family="care",
    kind="soft",
    hazards=("heat", "flood", "energy"),
    unit="post",
    unit_label="emploi à plein temps",
    capital=to_check(2_000, 500, 5_000, "euro / post", "formation, téléphone, convention"),
    running=to_check(42_000, 30_000, 60_000, "euro / post / year", "salaire et encadrement"),
    lifetime=to_check(3, 1, 6, "year", "convention renouvelable"),
    delay=to_check(3, 2, 4, "month", "recrutement et formation avant juin"),
    full_effect=to_check(1, 1, 2, "year", "le temps d'être connu"),
    effects=(
        unfigured(
            "health",
            "Des visites semblent éviter des morts : preuve moyenne, sans chiffre "
            "que nous ayons lu.",
        ),
        figured(
            "access",
            "Ce qu'une personne peut suivre en canicule.",
            to_check(60, 30, 120, "resident / post", "personnes appelées ou vues chaque jour"),
        ),
        unfigured("rights", "Des aides demandées pour la première fois."),
    ),
    changes=(),
    opens=(),
    answers={
        "aged_80_plus_alone_share": protects("Quelqu'un passe chez ceux qui vivent seuls."),
        "aged_55_plus_alone_share": protects("Les solitudes sont repérées avant l'été."),
        "aged_65_plus_share": protects("Les aînés sont appelés chaque jour de canicule."),
        "one_person_household_share": protects("Une voix pour ceux qui n'ont personne."),
        "poverty_share": protects("La visite ouvre aussi des droits."),
        "care_access_share": protects("Un relais quand le médecin est loin."),
    },
    leans_on={
        "associations_per_1000": "Des associations qui connaissent déjà les habitants.",
        "information_access_share": "Un lieu d'où partent les visites.",
    },
    needs=("people",),
    limits=(),
    impossible_if=("Ni le CCAS ni une association ne peut encadrer les visites.",),
    decides=("ccas", "commune", "association"),
    funding=("droit_commun", "cnav", "ars", "p147", "adulte_relais", "departement"),
    co_benefits=("Accès aux droits", "Moins de solitude toute l'année"),
    pitfalls=(
        "Un registre où presque personne ne s'inscrit.",
        "Des noms qui circulent : le registre reste au CCAS.",
        "Équipe épuisée au bout d'une semaine.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit."),
        resources=no("Presque rien."),
        upkeep=yes("Un salaire à trouver chaque année."),
        extremes=maybe("Les visiteurs aussi souffrent à 40 °C : tôt le matin et le soir."),
        excludes=maybe("Ceux qui refusent, qui ne parlent pas français, qui se cachent."),
        irreversible=no("On peut arrêter, au prix d'une confiance perdue."),
    ),
    benefits=("Personnes seules, malades, âgées",),
    loses=("Personne en particulier ; la vie privée, si les noms circulent",),
    references=(CASF_REGISTER, HEAT_PLAN, SPF_HEAT, ADULTES_RELAIS),
)

measure(
    id="landlord_heat_plan",
    label="Faire un plan solidaire canicule avec le bailleur",
    summary=(
        "Gardiens formés, fiche dans chaque hall, kit (store, thermomètre, gourde), local commun "
        "frais ouvert, travaux bruyants arrêtés, pannes réparées en priorité."
    ),
    family="care",
    kind="soft",
    hazards=("heat",),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(40, 20, 80, "euro / dwelling", "kit et affichage"),
    running=to_check(10, 4, 25, "euro / dwelling / year", "formation, rappels, remplacement"),
    lifetime=to_check(4, 2, 6, "year", "kit"),
    delay=to_check(2, 1, 2, "month", "avant juin"),
    full_effect=to_check(1, 1, 2, "year", "un été de rodage"),
    effects=(
        figured(
            "indoors",
            "Stores et conseils, s'ils sont suivis.",
            to_check(-1, -2, 0, "kelvin", "air du logement, de jour"),
        ),
        unfigured("health", "Des malaises vus plus tôt par le gardien ; pas de chiffre."),
    ),
    changes=(),
    opens=(),
    answers={
        "poor_summer_comfort_share": protects("Un kit et un local frais en attendant les travaux."),
        "aged_80_plus_share": protects("Le gardien sait chez qui passer."),
        "overcrowding_share": protects("Le local commun donne de la place au frais."),
    },
    leans_on={
        "social_housing_share": "Un bailleur présent, avec des gardiens.",
        "collective_housing_share": "Des halls et des locaux communs.",
    },
    needs=("people", "landlord"),
    limits=(
        below(
            "social_housing_share",
            FEW_SOCIAL,
            "impossible",
            "Presque pas de logement social : pas de bailleur avec qui le faire.",
        ),
    ),
    impossible_if=("Le bailleur n'a plus de gardien sur place.",),
    decides=("landlord", "ccas"),
    funding=("tfpb", "droit_commun", "cnav"),
    co_benefits=("Un gardien reconnu", "Voisins qui se connaissent"),
    pitfalls=("Une affiche de plus, et rien derrière.", "Kit distribué en août."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("Vérifier que le kit n'entre pas dans les charges."),
        resources=no("Peu de choses."),
        upkeep=maybe("À refaire chaque printemps."),
        extremes=maybe("À 40 °C, il faut aussi un lieu frais."),
        excludes=maybe("Locataires du privé et sans-papiers oubliés."),
        irreversible=no("Rien de définitif."),
    ),
    benefits=("Locataires, surtout âgés ou à l'étroit",),
    loses=("Gardiens, si leur charge monte sans moyens",),
    references=(HEAT_PLAN,),
)

measure(
    id="building_referents",
    label="Former des référents d'immeuble",
    summary=(
        "Un ou deux voisins par cage d'escalier, volontaires, formés et dédommagés, qui relaient "
        "l'alerte et frappent aux portes."
    ),
    family="care",
    kind="soft",
    hazards=("heat", "flood", "energy"),
    unit="resident",
    unit_label="référent",
    capital=to_check(150, 50, 400, "euro / resident", "formation et matériel"),
    running=to_check(300, 100, 600, "euro / resident / year", "dédommagement et animation"),
    lifetime=to_check(2, 1, 4, "year", "durée d'un engagement"),
    delay=to_check(3, 2, 4, "month", "appel, formation"),
    full_effect=to_check(1, 1, 2, "year", "un été"),
    effects=(
        unfigured("social", "Des voisins qui savent à qui demander."),
        unfigured("health", "Une alerte qui arrive jusqu'à la porte ; pas de chiffre."),
    ),
    changes=(),
    opens=(),
    answers={
        "one_person_household_share": protects("Un voisin frappe à la porte."),
        "aged_55_plus_alone_share": protects("Les isolés de l'immeuble sont connus de quelqu'un."),
        "single_parent_household_share": protects(
            "Un relais pour garder un enfant ou porter l'eau."
        ),
        "information_access_share": protects("L'information vient jusqu'au palier."),
    },
    leans_on={
        "collective_housing_share": "Des immeubles où les voisins se croisent.",
        "associations_per_1000": "Des associations pour former et soutenir.",
    },
    needs=("people", "agreement"),
    limits=(
        below(
            "collective_housing_share",
            FEW_FLATS,
            "pointless",
            "Presque pas d'immeubles : chercher plutôt des référents de rue.",
        ),
    ),
    impossible_if=("Aucun volontaire, ou des tensions trop vives dans l'immeuble.",),
    decides=("residents", "landlord", "association", "ccas"),
    funding=("p147", "tfpb", "cnav", "fph", "caf"),
    co_benefits=("Entraide toute l'année", "Moins de conflits"),
    pitfalls=("Toujours les mêmes bonnes volontés, souvent des femmes.", "Rôle de surveillant."),
    checks=checked(
        shifts=yes("Une charge qui pèse sur des bénévoles, si rien n'est payé."),
        charges=no("Gratuit."),
        resources=no("Rien."),
        upkeep=yes("Sans animation, le réseau s'éteint."),
        extremes=maybe("Les référents aussi doivent se protéger."),
        excludes=maybe("Les gens fâchés ou craints dans l'immeuble."),
        irreversible=no("Rien de définitif."),
    ),
    benefits=("Personnes isolées", "Référents, par la reconnaissance"),
    loses=("Bénévoles surchargés",),
    references=(HEAT_PLAN,),
)

measure(
    id="language_mediation",
    label="Faire passer l'information par des médiateurs, en plusieurs langues",
    summary=(
        "Des médiateurs du quartier qui expliquent les risques, les aides et les lieux frais, dans "
        "les langues parlées ici, au marché, à l'école, au pied des immeubles."
    ),
    family="care",
    kind="soft",
    hazards=("heat", "flood", "air", "energy"),
    unit="post",
    unit_label="emploi à plein temps",
    capital=to_check(2_000, 500, 5_000, "euro / post", "formation, supports"),
    running=to_check(
        35_000, 28_000, 45_000, "euro / post / year", "salaire et encadrement", STATE_SHARE
    ),
    lifetime=to_check(3, 1, 6, "year", "convention renouvelable"),
    delay=to_check(4, 2, 6, "month", "recrutement"),
    full_effect=to_check(1, 1, 2, "year", "le temps d'être connu"),
    effects=(
        unfigured("rights", "Des aides demandées, des consignes comprises."),
        unfigured("social", "Des habitants qui osent venir aux réunions."),
    ),
    changes=(),
    opens=(),
    answers={
        "information_access_share": protects("L'information vient à ceux qui n'y vont pas."),
        "poverty_share": protects("Moins d'aides non demandées."),
        "fuel_poverty_share": protects("Les tarifs et aides au transport sont expliqués."),
        "energy_poverty_share": protects("Chèque énergie et aides aux travaux expliqués."),
    },
    leans_on={
        "associations_per_1000": "Des associations où les recruter et les accueillir.",
        "information_access_share": "Un lieu où les trouver.",
    },
    needs=("people", "place"),
    limits=(),
    impossible_if=("Aucune structure pour les encadrer.",),
    decides=("association", "commune", "state", "ccas"),
    funding=("adulte_relais", "p147", "caf", "ars", "departement", "droit_commun"),
    co_benefits=("Emploi pour des habitants", "Confiance"),
    pitfalls=(
        "Postes supprimés d'une année à l'autre.",
        "Médiateur laissé seul face à la détresse.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Gratuit."),
        resources=no("Rien."),
        upkeep=yes("Un salaire à retrouver chaque année."),
        extremes=no("Utile en crise."),
        excludes=maybe("Les langues et groupes sans médiateur."),
        irreversible=no("Rien de définitif."),
    ),
    benefits=("Habitants qui lisent peu ou parlent une autre langue",),
    loses=("Personne en particulier",),
    references=(ADULTES_RELAIS, SPF_HEAT),
)

measure(
    id="outdoor_work_hours",
    label="Changer les horaires du travail dehors et des métiers chauds",
    summary=(
        "Avec les employeurs du quartier et de la collectivité : commencer plus tôt, des pauses au "
        "frais, de l'eau, des vêtements, un seuil d'arrêt."
    ),
    family="care",
    kind="soft",
    hazards=("heat",),
    unit="place",
    unit_label="employeur",
    capital=to_check(1_500, 300, 5_000, "euro / place", "diagnostic, eau, ombre de chantier"),
    running=to_check(800, 200, 3_000, "euro / place / year", "eau, vêtements, temps de pause"),
    lifetime=to_check(5, 2, 10, "year", "accord d'entreprise"),
    delay=to_check(3, 1, 6, "month", "accord avant l'été"),
    full_effect=to_check(1, 1, 2, "year", "un été"),
    effects=(
        unfigured("health", "Moins de malaises et d'accidents au travail ; pas de chiffre local."),
    ),
    changes=(),
    opens=(),
    answers={
        "heat_exposed_jobs_share": protects("Ceux qui travaillent au chaud souffrent moins."),
        "hot_day_share": protects("Moins d'heures dehors dans les rues les plus chaudes."),
    },
    leans_on={},
    needs=("people",),
    limits=(),
    impossible_if=("Des arrêtés contre le bruit interdisent de commencer tôt.",),
    decides=("employer", "commune", "epci"),
    funding=("employer", "droit_commun"),
    co_benefits=("Moins d'absences",),
    pitfalls=("Commencer à 5 h sans transport ni crèche.", "Bruit des chantiers à l'aube."),
    checks=checked(
        shifts=yes("Le bruit tôt le matin pèse sur les riverains."),
        charges=no("Sans effet sur les loyers."),
        resources=no("De l'eau à boire."),
        upkeep=maybe("À rejouer chaque été."),
        extremes=maybe("À 40 °C, il faut arrêter, pas seulement décaler."),
        excludes=maybe("Indépendants, livreurs, travail non déclaré."),
        irreversible=no("On peut revenir."),
    ),
    benefits=("Ouvriers, agents, livreurs, agentes de ménage",),
    loses=("Salariés sans garde d'enfants à l'aube", "Riverains des chantiers"),
    references=(WORK_IN_HEAT,),
)
