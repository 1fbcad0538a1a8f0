"""Water: to drink, to keep, to play with, and to be ready for when there is too much."""

from labo.measure import (
    above,
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
    CEREMA_SOILS,
    CLAY,
    FLOODS,
    HEAT_PLAN,
    PFMV_FOUNTAIN,
    SWALES,
    WATER_AGENCY,
)

CLAY_HOUSES = to_check(0.5, 0.3, 0.7, "1", "part des maisons sur un sol argileux exposé")
NOBODY_FLOODED = to_check(0.005, 0.001, 0.02, "1", "part des habitants en zone de crue extrême")

measure(
    id="rain_garden",
    label="Creuser des noues et des jardins de pluie",
    summary=(
        "Des creux plantés qui reçoivent l'eau des toits et des rues, la gardent quelques heures "
        "et "
        "la laissent entrer dans le sol."
    ),
    family="water",
    kind="blue",
    hazards=("flood", "heat", "nature", "drought"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(
        80,
        40,
        120,
        "euro / m**2",
        "tout compris, hors taxes",
        (
            f"{SWALES.label} ({SWALES.url}) donne le terrassement et la tranchée ; le total au m² "
            f"est "
            "le nôtre"
        ),
    ),
    running=to_check(2, 1, 5, "euro / m**2 / year", "fauche et curage"),
    lifetime=to_check(25, 15, 40, "year", "ouvrage entretenu"),
    delay=to_check(5, 3, 6, "month", "étude du sol et travaux"),
    full_effect=to_check(2, 1, 3, "year", "jusqu'à des plantes installées"),
    effects=(
        figured(
            "water",
            "Un m² de noue reçoit la pluie de plusieurs m² de toit ou de rue.",
            to_check(-0.2, -0.4, -0.05, "m**3", "eau gardée par m² de noue, lors d'un orage"),
        ),
        figured(
            "air",
            "Un peu de fraîcheur tout près, quand le sol est humide.",
            to_check(-0.5, -1, 0, "kelvin", "air, de jour, à quelques mètres"),
        ),
        unfigured("biodiversity", "Plantes de milieux humides, libellules."),
    ),
    changes=(),
    opens=(),
    answers={
        "runoff_potential": protects("L'eau des toits et des rues s'arrête là."),
        "impervious_share": protects("Le peu de terre qui reste boit pour le reste."),
        "flood_residents_share": protects("Moins d'eau en même temps dans les points bas."),
        "species_richness": protects("Un milieu de plus dans le quartier."),
    },
    leans_on={"open_soil_share": "Des pelouses en bas de pente à creuser un peu."},
    needs=("deep_soil", "upkeep"),
    limits=(
        above(
            "clay_houses_share",
            CLAY_HOUSES,
            "impossible",
            "Trop de maisons sur argile : n'infiltrer que loin des murs.",
        ),
    ),
    impossible_if=("Le sol est pollué, ou la nappe affleure.", "La pente est trop forte."),
    decides=("epci", "commune", "landlord"),
    funding=("agence_eau", "fonds_vert", "anru", "feder", "droit_commun"),
    co_benefits=("Arbres qui boivent mieux", "Moins d'égouts à agrandir"),
    pitfalls=(
        "De l'eau qui reste plus de cinq jours : moustiques.",
        "Déchets qui s'accumulent au fond.",
    ),
    checks=checked(
        shifts=maybe("Mal placée, elle envoie l'eau vers une cave."),
        charges=no("Payée par la collectivité, en général."),
        resources=no("Elle garde l'eau."),
        upkeep=maybe("Une fauche et un curage, à prévoir."),
        extremes=maybe("En sécheresse elle ne rafraîchit plus ; à l'orage elle sert."),
        excludes=no("Ouverte ; un bord doux évite les chutes."),
        irreversible=no("Elle se comble."),
    ),
    benefits=("Habitants des points bas et des rez-de-chaussée",),
    loses=("Ceux qui se servaient de la pelouse plate",),
    references=(SWALES, WATER_AGENCY, CEREMA_SOILS, CLAY),
)

measure(
    id="rainwater_tanks",
    label="Garder l'eau des toits pour arroser",
    summary=(
        "Des cuves fermées au pied des immeubles et des écoles, pour arroser arbres et jardins."
    ),
    family="water",
    kind="blue",
    hazards=("drought", "nature", "flood"),
    unit="m**3",
    unit_label="m³ de cuve",
    capital=to_check(500, 300, 800, "euro / m**3", "cuve posée et raccordée, hors taxes"),
    running=to_check(15, 5, 30, "euro / m**3 / year", "nettoyage, moustiquaire, pompe"),
    lifetime=to_check(25, 15, 40, "year", "cuve"),
    delay=to_check(4, 2, 6, "month", "étude et pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la première pluie"),
    effects=(
        figured(
            "water",
            "Une cuve se remplit plusieurs fois par an ; elle se vide au cœur de l'été.",
            to_check(6, 3, 12, "1 / year", "remplissages utiles d'une cuve"),
        ),
        unfigured("biodiversity", "De jeunes arbres qui passent l'été."),
    ),
    changes=(),
    opens=(),
    answers={
        "shared_garden_per_resident": protects("Un jardin qui a son eau dure."),
        "canopy_share": protects("De quoi arroser les jeunes plantations."),
        "runoff_potential": protects("Le début de chaque pluie est gardé."),
    },
    leans_on={
        "collective_housing_share": "De grands toits plats au-dessus d'espaces verts.",
        "shared_garden_per_resident": "Des jardins à arroser.",
    },
    needs=("roof", "ground", "upkeep"),
    limits=(),
    impossible_if=("Le toit contient de l'amiante ou du plomb.", "Aucun endroit où poser la cuve."),
    decides=("landlord", "co_owners", "school", "commune"),
    funding=("agence_eau", "droit_commun", "tfpb", "fonds_vert"),
    co_benefits=("Moins d'eau potable pour l'arrosage",),
    pitfalls=("Cuve ouverte : moustique tigre.", "Trop petite, elle est vide en juillet."),
    checks=checked(
        shifts=no("Elle garde ce qui serait parti à l'égout."),
        charges=maybe("Pompe et nettoyage, à compter ; de l'eau potable économisée."),
        resources=no("Elle en économise."),
        upkeep=yes("Une cuve oubliée devient un gîte à moustiques."),
        extremes=yes("Après six semaines sans pluie, elle est vide."),
        excludes=no("Sert à l'arrosage commun."),
        irreversible=no("Elle se retire."),
    ),
    benefits=("Jardiniers", "Écoles"),
    loses=("Locataires, si la pompe entre dans les charges sans économie d'eau",),
    references=(WATER_AGENCY,),
)

measure(
    id="drinking_fountains",
    label="Installer des points d'eau potable",
    summary=(
        "De l'eau à boire, gratuite, à hauteur d'enfant et de fauteuil, là où l'on attend et où "
        "l'on "
        "joue."
    ),
    family="water",
    kind="blue",
    hazards=("heat",),
    unit="place",
    unit_label="point d'eau",
    capital=to_check(9_000, 4_000, 15_000, "euro / place", "fontaine et raccordement, hors taxes"),
    running=to_check(600, 300, 1_200, "euro / place / year", "eau, analyses, hivernage"),
    lifetime=to_check(15, 10, 25, "year", "fontaine"),
    delay=to_check(3, 2, 6, "month", "raccordement"),
    full_effect=to_check(0, 0, 1, "year", "dès l'ouverture"),
    effects=(
        unfigured("drinking", "Boire sans payer, sans rentrer chez soi."),
        unfigured(
            "health",
            "Moins de risque de déshydratation ; pas de chiffre à l'échelle d'un quartier.",
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "cool_outdoor_access_share": protects("Un lieu où se rafraîchir de plus."),
        "children_0_3_share": protects("De l'eau près des jeux."),
        "aged_65_plus_share": protects("De quoi boire en chemin."),
        "heat_exposed_jobs_share": protects("Livreurs et ouvriers peuvent remplir leur gourde."),
    },
    leans_on={"transport_access_share": "Des arrêts où l'on attend."},
    needs=("water", "ground"),
    limits=(),
    impossible_if=("Aucune conduite d'eau potable à moins de quelques mètres.",),
    decides=("commune", "water_service", "landlord"),
    funding=("droit_commun", "fonds_vert", "fph", "ars"),
    co_benefits=("Moins de bouteilles en plastique",),
    pitfalls=("Fermée l'été par arrêté ou par panne.", "Placée là où personne ne passe."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Payée par la collectivité."),
        resources=no("Peu d'eau, et un bouton qui s'arrête seul."),
        upkeep=maybe("Analyses et réparations, à inscrire au budget."),
        extremes=no(
            "C'est alors qu'elle sert le plus ; l'eau à boire passe avant les restrictions."
        ),
        excludes=maybe("Hauteur pour enfants et fauteuils, et panneaux sans texte."),
        irreversible=no("Elle se déplace."),
    ),
    benefits=("Enfants et aînés", "Personnes qui travaillent ou vivent dehors"),
    loses=("Personne en particulier",),
    references=(PFMV_FOUNTAIN, HEAT_PLAN),
)

measure(
    id="water_play",
    label="Ouvrir des jeux d'eau ou une brumisation",
    summary=(
        "Une aire où se mouiller sans danger pendant les grosses chaleurs, à la place de la bouche "
        "d'incendie ouverte."
    ),
    family="water",
    kind="blue",
    hazards=("heat",),
    unit="place",
    unit_label="aire de jeux d'eau",
    capital=to_check(
        120_000,
        10_000,
        400_000,
        "euro / place",
        ("du brumisateur raccordé à l'aire à eau recyclée, hors taxes"),
    ),
    running=to_check(15_000, 2_000, 30_000, "euro / place / year", "eau, traitement, surveillance"),
    lifetime=to_check(15, 10, 20, "year", "pompes et jets"),
    delay=to_check(9, 6, 12, "month", "étude et travaux"),
    full_effect=to_check(0, 0, 1, "year", "dès l'ouverture"),
    effects=(
        figured(
            "felt",
            "Très frais dans les gouttes, rien à dix mètres.",
            to_check(-4, -8, -2, "kelvin", "ressenti, de jour, dans les gouttes, air sec"),
        ),
        unfigured("social", "Un lieu de fête pour les familles."),
    ),
    changes=(),
    opens=("cool_outdoor_place",),
    answers={
        "cool_outdoor_access_share": protects("Un lieu pour se rafraîchir, dans le quartier."),
        "children_0_3_share": protects("Les familles y viennent avec de jeunes enfants."),
        "children_0_5_share": protects("Un jeu d'été près de chez soi."),
    },
    leans_on={"green_space_access_share": "Un parc où l'installer."},
    needs=("water", "ground", "upkeep"),
    limits=(),
    impossible_if=("Le réseau n'a pas la pression ou l'agence de santé refuse.",),
    decides=("commune", "ars", "water_service"),
    funding=("droit_commun", "dpv_dsil", "caf", "anru"),
    co_benefits=("Moins de bouches d'incendie ouvertes", "Un lieu où l'on se croise"),
    pitfalls=(
        "Légionelles si l'eau est chaude et mal traitée.",
        "Fermée par arrêté sécheresse au pire moment.",
        "Ne sert à rien quand l'air est déjà humide.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Payée par la collectivité."),
        resources=yes("De l'eau et de l'électricité, même recyclées."),
        upkeep=yes("Un traitement chaque jour, l'été."),
        extremes=yes("La restriction d'eau peut la fermer quand il fait le plus chaud."),
        excludes=maybe("Horaires, maillots et regards : à discuter avec les jeunes filles."),
        irreversible=maybe("Une dalle et un local technique restent."),
    ),
    benefits=("Enfants et familles qui ne partent pas",),
    loses=("Riverains, par le bruit", "Contribuables, si la facture d'eau n'est pas tenue"),
    references=(PFMV_FOUNTAIN,),
)

measure(
    id="flood_preparedness",
    label="Préparer les logements et les habitants à l'inondation",
    summary=(
        "Visites des logements bas, barrières de porte, étage où se réfugier, numéros et sacs "
        "prêts, "
        "exercice avec les habitants."
    ),
    family="water",
    kind="soft",
    hazards=("flood",),
    unit="dwelling",
    unit_label="logement",
    capital=to_check(
        1_500, 500, 3_000, "euro / dwelling", "visite et petit équipement, hors taxes"
    ),
    running=to_check(40, 15, 80, "euro / dwelling / year", "exercice et vérification"),
    lifetime=to_check(10, 5, 20, "year", "barrières ; la mémoire, deux ans"),
    delay=to_check(6, 3, 12, "month", "visites et pose"),
    full_effect=to_check(1, 1, 2, "year", "après un premier exercice"),
    effects=(
        unfigured(
            "safety", "Moins de personnes surprises, des dégâts moindres si l'eau monte peu."
        ),
        unfigured("rights", "On sait qui appeler et comment déclarer."),
    ),
    changes=(),
    opens=(),
    answers={
        "flood_residents_share": protects("Ceux que l'eau peut atteindre savent que faire."),
        "flood_dwellings_share": protects("Les logements bas se ferment mieux."),
        "flood_extreme_residents_share": protects("Un étage refuge et une alerte comprise."),
        "submersion_residents_share": protects("Le refuge et l'alerte valent pour la mer aussi."),
        "aged_65_plus_share": protects("On va chercher ceux qui ne peuvent pas monter."),
    },
    leans_on={"information_access_share": "Un lieu où l'alerte est affichée et expliquée."},
    needs=("people", "agreement"),
    limits=(
        below(
            "flood_extreme_residents_share",
            NOBODY_FLOODED,
            "pointless",
            "Aucun habitant connu en zone de crue, même extrême.",
        ),
    ),
    impossible_if=("Le rez-de-chaussée doit être évacué pour de bon : c'est un autre projet.",),
    decides=("commune", "epci", "landlord", "state"),
    funding=("barnier", "droit_commun", "tfpb", "p147", "anah"),
    co_benefits=("Voisins qui se connaissent", "Une réserve citoyenne"),
    pitfalls=(
        "Faux sentiment de sécurité : une barrière ne tient que 80 cm à 1 m d'eau.",
        "Consignes écrites que personne ne lit.",
    ),
    checks=checked(
        shifts=maybe("Une barrière peut envoyer l'eau chez le voisin."),
        charges=maybe("Selon qui paie l'équipement."),
        resources=no("Presque rien."),
        upkeep=yes("Sans exercice, tout est oublié en deux ans."),
        extremes=yes("Au-delà d'un mètre d'eau, il faut partir."),
        excludes=maybe("Plusieurs langues, sourds, malvoyants : à prévoir dès le départ."),
        irreversible=no("Tout se démonte."),
    ),
    benefits=("Habitants des rez-de-chaussée", "Aînés et personnes handicapées"),
    loses=("Propriétaires, si le logement paraît risqué",),
    references=(FLOODS,),
)
