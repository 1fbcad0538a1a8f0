"""Homes: to sleep and live in them through a heat wave, a winter or a drought."""

from labo.measure import (
    below,
    checked,
    figured,
    maybe,
    measure,
    no,
    protects,
    published,
    to_check,
    unfigured,
    yes,
)
from labo.measure_references import (
    ADEME_COOLING,
    CEILING_FANS,
    CEILING_FANS_PRICE,
    CLAY,
    RENOVATION,
)

FEW_POOR_COMFORT = to_check(0.05, 0.02, 0.10, "1", "part des logements au confort d'été faible")
NO_CLAY = to_check(0.01, 0.005, 0.05, "1", "part des maisons sur un sol argileux exposé")

measure(
    id="external_shutters",
    label="Poser des volets et des stores dehors",
    summary=(
        "Arrêter le soleil avant la vitre : volets, brise-soleil, stores extérieurs, d'abord sur "
        "les façades au sud et à l'ouest."
    ),
    family="buildings",
    kind="grey",
    hazards=("heat", "energy"),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(2_500, 1_200, 4_500, "euro / dwelling", "trois à cinq fenêtres, hors taxes"),
    running=to_check(20, 5, 60, "euro / dwelling / year", "réparations"),
    lifetime=to_check(15, 10, 20, "year", "stores ; volets davantage"),
    delay=to_check(6, 3, 12, "month", "accord, commande, pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "indoors",
            "L'un des gestes les plus utiles dans le logement, si l'on ferme à temps.",
            to_check(-3, -5, -1.5, "kelvin", "air du logement, de jour, façade au soleil"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "poor_summer_comfort_share": protects("Le soleil n'entre plus."),
        "overcrowding_share": protects("À plusieurs par pièce, chaque degré compte."),
        "aged_65_plus_share": protects("Un logement où l'on peut rester."),
        "housing_1945_1970_share": protects("Beaucoup de ces façades n'ont pas de volets."),
    },
    leans_on={"social_housing_share": "Un bailleur peut équiper un immeuble entier."},
    needs=("wall", "building", "landlord"),
    limits=(
        below(
            "poor_summer_comfort_share",
            FEW_POOR_COMFORT,
            "pointless",
            "Très peu de logements au confort d'été insuffisant, d'après les DPE.",
        ),
    ),
    impossible_if=(
        "La façade est protégée et l'architecte des Bâtiments de France refuse.",
        "Les fenêtres s'ouvrent vers l'extérieur.",
    ),
    decides=("landlord", "co_owners", "commune"),
    funding=("tfpb", "cee", "eco_pret", "anah", "cnav", "anru"),
    co_benefits=("Moins de climatiseurs", "Intimité"),
    pitfalls=("Stores en panne, jamais réparés.", "Fermés tout le jour sans lumière ni air."),
    checks=checked(
        shifts=no("La chaleur reste dehors."),
        charges=maybe("Réparations dans les charges ; hausse de loyer possible."),
        resources=no("Pas d'énergie s'ils sont manuels."),
        upkeep=maybe("À réparer vite, sinon ils restent ouverts."),
        extremes=no("Ils servent surtout à 40 °C."),
        excludes=maybe("Une manivelle trop dure exclut des aînés."),
        irreversible=no("Ils se démontent."),
    ),
    benefits=("Aînés, familles à l'étroit, malades", "Logements au sud et à l'ouest"),
    loses=("Locataires, si le loyer monte",),
    references=(ADEME_COOLING, RENOVATION),
)

measure(
    id="ceiling_fans",
    label="Poser des ventilateurs de plafond et aider à ventiler la nuit",
    summary=(
        "Un ventilateur de plafond silencieux par chambre ou séjour, et de quoi ouvrir la nuit "
        "sans "
        "risque : moustiquaire, entrebâilleur, conseils."
    ),
    family="buildings",
    kind="grey",
    hazards=("heat",),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(
        800,
        300,
        1_500,
        "euro / dwelling",
        (
            "deux appareils posés ; l'appareil seul vaut environ 200 à 400 € d'après "
            f"{CEILING_FANS_PRICE.url}"
        ),
    ),
    running=to_check(15, 5, 30, "euro / dwelling / year", "électricité et remplacement"),
    lifetime=to_check(12, 8, 20, "year", "appareil"),
    delay=to_check(2, 1, 3, "month", "commande et pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "felt",
            "L'air n'est pas plus frais, mais le corps se refroidit mieux.",
            published(-3, -1, "kelvin", "ressenti dans la pièce, sous l'appareil", CEILING_FANS),
        ),
        figured(
            "indoors",
            "Ouvrir la nuit vide la chaleur, s'il fait plus frais dehors.",
            to_check(-1.5, -3, 0, "kelvin", "air du logement, au matin, après une nuit ouverte"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "poor_summer_comfort_share": protects("De quoi tenir dans un logement trop chaud."),
        "hot_night_share": protects("Mieux dormir quand la nuit reste chaude."),
        "aged_80_plus_share": protects("Un appareil simple, sans tuyau ni moteur bruyant."),
    },
    leans_on={"social_housing_share": "Un achat groupé par le bailleur."},
    needs=("building", "landlord", "people"),
    limits=(),
    impossible_if=(
        "Le plafond est sous 2,50 m ou ne porte pas l'appareil.",
        "Ouvrir la nuit n'est pas sûr au rez-de-chaussée, ou trop bruyant.",
    ),
    decides=("landlord", "co_owners", "residents"),
    funding=("tfpb", "cnav", "droit_commun", "ars", "cee"),
    co_benefits=("Moins de climatiseurs", "Chaleur mieux répartie l'hiver"),
    pitfalls=(
        "Au-delà de 38 à 40 °C dans la pièce, brasser un air trop chaud peut nuire.",
        "Appareil bon marché bruyant : on l'éteint.",
    ),
    checks=checked(
        shifts=no("Aucun rejet de chaleur dehors."),
        charges=maybe("Quelques euros d'électricité par an."),
        resources=no("De 20 à 50 W."),
        upkeep=no("Un dépoussiérage."),
        extremes=maybe("Utile jusqu'à environ 38 °C dans la pièce ; au-delà, aller au frais."),
        excludes=maybe("Les plafonds bas des vieux immeubles."),
        irreversible=no("Il se retire."),
    ),
    benefits=("Aînés, bébés, familles sans climatisation",),
    loses=("Personne en particulier",),
    references=(CEILING_FANS, CEILING_FANS_PRICE),
)

measure(
    id="full_renovation",
    label="Rénover les immeubles pour l'hiver et pour l'été",
    summary=(
        "Isolation par l'extérieur, fenêtres, ventilation, protections solaires et ventilation de "
        "nuit dans le même chantier, avec les habitants."
    ),
    family="buildings",
    kind="grey",
    hazards=("heat", "energy"),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(50_000, 30_000, 70_000, "euro / dwelling", "logement social, hors taxes"),
    running=to_check(50, 0, 150, "euro / dwelling / year", "entretien de la ventilation"),
    lifetime=to_check(35, 25, 50, "year", "enveloppe"),
    delay=to_check(36, 24, 48, "month", "études, accord, travaux"),
    full_effect=to_check(1, 0, 2, "year", "après la prise en main"),
    effects=(
        figured(
            "indoors",
            (
                "Si le soleil est arrêté et la nuit ventilée ; sinon, l'isolation peut garder le "
                "chaud."
            ),
            to_check(-3, -6, 0, "kelvin", "air du logement, de jour, en canicule"),
        ),
        figured(
            "energy",
            "La facture de chauffage baisse de moitié environ.",
            to_check(-0.5, -0.6, -0.4, "1", "énergie de chauffage"),
        ),
        unfigured("health", "Moins d'humidité, moins de froid, moins de chaud."),
    ),
    changes=(),
    opens=(),
    answers={
        "dpe_f_g_share": protects(
            "Les logements rénovés quittent F et G, ce que le prochain DPE dira."
        ),
        "poor_summer_comfort_share": protects("À condition d'y mettre le confort d'été."),
        "energy_poverty_share": protects("Une facture qui baisse pour longtemps."),
        "housing_1945_1970_share": protects("Ce sont les immeubles qui y gagnent le plus."),
        "children_0_3_share": protects("Un logement sain pour les petits."),
    },
    leans_on={"social_housing_share": "Peu de propriétaires à décider pour beaucoup de logements."},
    needs=("building", "landlord", "agreement"),
    limits=(),
    impossible_if=("L'immeuble doit être démoli.", "La copropriété est en grande difficulté."),
    decides=("landlord", "co_owners", "epci", "state"),
    funding=("anru", "eco_pret", "cee", "feder", "anah", "fonds_vert", "banque_territoires"),
    co_benefits=("Santé", "Emploi local, clauses d'insertion", "Moins d'émissions"),
    pitfalls=(
        "Isoler par l'intérieur sans ventiler la nuit : un four l'été.",
        "Relogement mal vécu.",
        "Confort d'été coupé du budget au dernier moment.",
    ),
    checks=checked(
        shifts=no("Rien n'est rejeté ailleurs."),
        charges=yes("Le loyer peut monter ; vérifier qu'il monte moins que la facture ne baisse."),
        resources=maybe("De la matière et des émissions au chantier, puis des économies."),
        upkeep=maybe("Une ventilation à entretenir."),
        extremes=maybe("À 40 °C, tout dépend des volets et de la nuit."),
        excludes=maybe("Les locataires du parc privé voisin n'en profitent pas."),
        irreversible=yes("On n'y reviendra pas avant trente ans : à réussir du premier coup."),
    ),
    benefits=("Locataires, surtout modestes", "Malades et jeunes enfants"),
    loses=("Locataires dont le loyer monte", "Ménages à reloger pendant le chantier"),
    references=(RENOVATION,),
)

measure(
    id="clay_houses",
    label="Protéger les maisons sur sol argileux",
    summary=(
        "Repérer les maisons qui bougent avec la sécheresse, éloigner arbres et eaux des murs, "
        "aider à obtenir un diagnostic et des travaux."
    ),
    family="buildings",
    kind="soft",
    hazards=("drought",),
    unit="dwelling",
    unit_label="maison",
    capital=to_check(8_000, 2_000, 25_000, "euro / dwelling", "du diagnostic aux travaux légers"),
    running=to_check(50, 0, 150, "euro / dwelling / year", "surveillance"),
    lifetime=to_check(20, 10, 40, "year", "ouvrages autour de la maison"),
    delay=to_check(12, 6, 24, "month", "diagnostic et travaux"),
    full_effect=to_check(2, 1, 4, "year", "un cycle sec et humide"),
    effects=(
        unfigured("safety", "Moins de fissures, ou des fissures suivies."),
        unfigured("rights", "Des dossiers de catastrophe naturelle mieux montés."),
    ),
    changes=(),
    opens=(),
    answers={
        "clay_houses_share": protects("Les maisons exposées sont repérées et suivies."),
        "aged_65_plus_share": protects("Des propriétaires âgés aidés dans leurs démarches."),
    },
    leans_on={"information_access_share": "Un lieu pour aider à monter les dossiers."},
    needs=("building", "people"),
    limits=(
        below(
            "clay_houses_share",
            NO_CLAY,
            "pointless",
            "Aucune maison connue sur un sol argileux exposé.",
        ),
    ),
    impossible_if=("La maison n'est plus habitable : c'est un relogement.",),
    decides=("residents", "commune", "state"),
    funding=("barnier", "anah", "droit_commun"),
    co_benefits=("Des voisins informés avant d'acheter ou de planter",),
    pitfalls=("Couper des arbres sans étude peut aggraver.", "Faux experts et démarchage."),
    checks=checked(
        shifts=maybe("Un arbre coupé manque à l'ombre de la rue."),
        charges=maybe("Reste à charge lourd pour le propriétaire."),
        resources=maybe("Certaines solutions humidifient le sol : de l'eau en été."),
        upkeep=maybe("À surveiller chaque été."),
        extremes=maybe("Une sécheresse plus longue que prévu peut tout de même fissurer."),
        excludes=yes("Ne concerne pas les locataires d'immeubles."),
        irreversible=maybe("Des travaux lourds de fondation le sont."),
    ),
    benefits=("Propriétaires modestes de maisons",),
    loses=("Vendeurs, si le risque se sait",),
    references=(CLAY,),
)
