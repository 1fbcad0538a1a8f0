"""Roofs and walls: what keeps the sun out of a building before it gets in."""

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
from labo.measure_references import ADEME_COOLING, COOL_ROOF, GREEN_WALL, RENOVATION

FEW_FLATS = to_check(0.10, 0.05, 0.20, "1", "part des ménages en habitat collectif")

measure(
    id="cool_roof",
    label="Peindre les toits plats en clair",
    summary=(
        "Une peinture ou une membrane claire sur les toits-terrasses sombres, pour les logements "
        "du "
        "dernier étage, les écoles et les salles."
    ),
    family="buildings",
    kind="grey",
    hazards=("heat", "energy"),
    unit="m**2",
    unit_label="m² de toit",
    capital=published(20, 30, "euro / m**2", "fourni et posé, prix du fabricant", COOL_ROOF),
    running=to_check(0.8, 0.3, 2, "euro / m**2 / year", "lavage tous les cinq à dix ans"),
    lifetime=to_check(12, 5, 20, "year", "avant de repeindre"),
    delay=to_check(1, 0.5, 3, "month", "diagnostic du toit et peinture"),
    full_effect=to_check(0, 0, 1, "year", "dès le premier été"),
    effects=(
        figured(
            "indoors",
            (
                "Au dernier étage sous un toit mal isolé ; presque rien sous un toit isolé ou "
                "plus bas."
            ),
            to_check(-2, -5, 0, "kelvin", "air du logement, dernier étage, de jour"),
        ),
        figured(
            "air",
            "L'air de la rue ne change pas.",
            to_check(0, -0.3, 0, "kelvin", "air, de jour, dans la rue"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "poor_summer_comfort_share": protects("Le dernier étage chauffe moins."),
        "surface_temperature_anomaly": protects("Le toit renvoie le soleil."),
        "housing_1945_1970_share": protects("Beaucoup de ces toits sont plats et mal isolés."),
    },
    leans_on={
        "collective_housing_share": "De grands toits plats d'un seul tenant.",
        "social_housing_share": "Peu de bailleurs à convaincre pour beaucoup de toits.",
    },
    needs=("roof", "landlord"),
    limits=(
        below(
            "collective_housing_share",
            FEW_FLATS,
            "pointless",
            "Presque pas d'immeubles : peu de toits plats.",
        ),
    ),
    impossible_if=("Le toit est en tuiles ou en ardoises.", "L'étanchéité est en fin de vie."),
    decides=("landlord", "co_owners", "commune"),
    funding=("droit_commun", "tfpb", "fonds_vert", "cee"),
    co_benefits=("Étanchéité qui vieillit moins vite", "Climatisation moins sollicitée"),
    pitfalls=(
        "Des gains annoncés par des vendeurs, rarement mesurés chez les habitants.",
        "Un peu plus de chauffage l'hiver.",
        "Sale au bout de quelques années.",
    ),
    checks=checked(
        shifts=maybe("Un toit clair peut éblouir l'immeuble plus haut."),
        charges=maybe("Un peu de chauffage en plus si le toit est mal isolé."),
        resources=no("Peu de matière, pas d'eau."),
        upkeep=maybe("À laver pour garder l'effet."),
        extremes=no("Il agit surtout par grand soleil."),
        excludes=yes("Seul le dernier étage y gagne."),
        irreversible=no("On peut repeindre ou couvrir."),
    ),
    benefits=("Locataires du dernier étage", "Élèves sous un toit plat"),
    loses=("Habitants de l'immeuble plus haut, éblouis",),
    references=(COOL_ROOF, ADEME_COOLING),
)

measure(
    id="green_roof",
    label="Végétaliser les toits plats",
    summary="Une couche de terre et de plantes sur un toit-terrasse solide, accessible ou non.",
    family="buildings",
    kind="green",
    hazards=("heat", "flood", "nature"),
    unit="m**2",
    unit_label="m² de toit",
    capital=to_check(120, 50, 300, "euro / m**2", "mince à épaisse, hors taxes et renforts"),
    running=to_check(3, 1, 5, "euro / m**2 / year", "deux passages par an, arrosage"),
    lifetime=to_check(30, 20, 40, "year", "complexe entretenu"),
    delay=to_check(6, 3, 9, "month", "étude de charge et pose"),
    full_effect=to_check(2, 1, 3, "year", "plantes installées"),
    effects=(
        figured(
            "indoors",
            "Au dernier étage, si le toit est peu isolé.",
            to_check(-1.5, -3, 0, "kelvin", "air du logement, dernier étage, de jour"),
        ),
        figured(
            "air",
            "Très peu dans la rue.",
            to_check(-0.3, -1, 0, "kelvin", "air, de jour, près du toit"),
        ),
        figured(
            "water",
            "La terre garde le début de la pluie.",
            to_check(-12, -25, -4, "mm", "ruissellement d'un orage de 50 mm, par m²"),
        ),
        unfigured("biodiversity", "Insectes et oiseaux, si la terre est assez épaisse."),
    ),
    changes=(),
    opens=(),
    answers={
        "runoff_potential": protects("Le toit garde le début de l'orage."),
        "poor_summer_comfort_share": protects("Le dernier étage chauffe moins."),
        "species_richness": protects("Un milieu de plus, là où le sol manque."),
    },
    leans_on={"collective_housing_share": "De grands toits plats."},
    needs=("roof", "landlord", "upkeep"),
    limits=(
        below(
            "collective_housing_share",
            FEW_FLATS,
            "pointless",
            "Presque pas d'immeubles : peu de toits plats.",
        ),
    ),
    impossible_if=("La structure ne porte pas le poids de la terre mouillée.", "Toit en pente."),
    decides=("landlord", "co_owners", "commune"),
    funding=("agence_eau", "fonds_vert", "anru", "droit_commun"),
    co_benefits=("Étanchéité protégée", "Un toit jardin, si on peut y monter"),
    pitfalls=("Poids sous-estimé.", "Plantes mortes au premier été sec."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("Deux passages par an entrent dans les charges."),
        resources=maybe("De l'eau l'été si la terre est mince."),
        upkeep=yes("Sans passage, les racines gagnent l'étanchéité."),
        extremes=yes("Une couche mince est grillée à 40 °C et ne rafraîchit plus."),
        excludes=maybe("Souvent interdit d'accès aux habitants."),
        irreversible=maybe("L'enlever coûte cher."),
    ),
    benefits=("Locataires du dernier étage", "Points bas, lors des orages"),
    loses=("Locataires, si les charges montent",),
    references=(ADEME_COOLING,),
)

measure(
    id="climbing_facade",
    label="Faire grimper des plantes sur les façades",
    summary=(
        "Des grimpantes en pleine terre au pied des murs, sur câbles ou treillis ; pas un mur "
        "vivant hors-sol."
    ),
    family="buildings",
    kind="green",
    hazards=("heat", "nature"),
    unit="m**2",
    unit_label="m² de façade",
    capital=to_check(50, 20, 80, "euro / m**2", "fosse, plants, support, hors taxes"),
    running=to_check(4, 2, 8, "euro / m**2 / year", "taille en hauteur"),
    lifetime=to_check(25, 15, 40, "year", "plante et support"),
    delay=to_check(4, 3, 12, "month", "accord, fosses, plantation"),
    full_effect=to_check(5, 3, 8, "year", "mur couvert"),
    effects=(
        figured(
            "surface",
            "Le mur à l'ombre des feuilles chauffe moins.",
            to_check(-5, -10, -3, "kelvin", "surface du mur, de jour, au soleil"),
        ),
        figured(
            "indoors",
            "Un peu moins chaud derrière un mur non isolé.",
            to_check(-0.5, -2, 0, "kelvin", "air du logement, derrière le mur"),
        ),
        unfigured("biodiversity", "Nids et fleurs."),
    ),
    changes=(),
    opens=(),
    answers={
        "poor_summer_comfort_share": protects("Moins de chaleur passe par le mur."),
        "vegetation_share": protects("Du vert là où le sol manque."),
        "species_richness": protects("Abri et fleurs, à toutes les hauteurs."),
    },
    leans_on={"associations_per_1000": "Des habitants pour adopter un pied de mur."},
    needs=("wall", "deep_soil", "landlord", "upkeep"),
    limits=(),
    impossible_if=("Le mur est isolé par un enduit fragile, ou fissuré.", "Trottoir trop étroit."),
    decides=("landlord", "co_owners", "commune", "residents"),
    funding=("droit_commun", "tfpb", "fph", "fonds_vert"),
    co_benefits=("Moins de tags", "Une rue plus belle"),
    pitfalls=(
        "Un mur vivant hors-sol coûte de 200 à 500 € le m² et boit toute l'année.",
        "Lierre dans les fissures et les gouttières.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("La taille en hauteur entre dans les charges."),
        resources=maybe("Peu d'eau en pleine terre, beaucoup hors-sol."),
        upkeep=yes("Sans taille, la plante gagne volets et toits."),
        extremes=maybe("En pleine terre, elle tient ; en bac, non."),
        excludes=no("Profite à tout l'immeuble."),
        irreversible=maybe("Les crampons marquent l'enduit."),
    ),
    benefits=("Logements derrière le mur", "Passants"),
    loses=("Habitants que les insectes dérangent", "Locataires, si les charges montent"),
    references=(GREEN_WALL, ADEME_COOLING),
)

measure(
    id="roof_insulation",
    label="Isoler le toit ou les combles",
    summary="Une bonne isolation au-dessus du dernier étage, avec une sortie pour l'air chaud.",
    family="buildings",
    kind="grey",
    hazards=("heat", "energy"),
    unit="m**2",
    unit_label="m² de toit",
    capital=to_check(110, 60, 180, "euro / m**2", "toit-terrasse ou combles, hors taxes"),
    running=to_check(0, 0, 1, "euro / m**2 / year", "rien de particulier"),
    lifetime=to_check(35, 25, 50, "year", "isolant"),
    delay=to_check(5, 3, 6, "month", "étude et travaux"),
    full_effect=to_check(1, 0, 1, "year", "dès la première saison"),
    effects=(
        figured(
            "indoors",
            "Au dernier étage seulement.",
            to_check(-2, -3, -1, "kelvin", "air du logement, dernier étage, de jour"),
        ),
        figured(
            "energy",
            "Moins de chauffage pour tout l'immeuble.",
            to_check(-0.12, -0.2, -0.05, "1", "énergie de chauffage de l'immeuble"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "dpe_f_g_share": protects("Un premier pas pour les logements qui perdent le plus."),
        "poor_summer_comfort_share": protects("Le dernier étage ne cuit plus."),
        "energy_poverty_share": protects("Moins à payer pour se chauffer."),
        "housing_1945_1970_share": protects("Ces immeubles sont souvent mal isolés en haut."),
    },
    leans_on={"social_housing_share": "Des bailleurs qui ont des plans de travaux."},
    needs=("roof", "building", "landlord"),
    limits=(),
    impossible_if=("La toiture vient d'être refaite.", "Amiante à retirer d'abord."),
    decides=("landlord", "co_owners"),
    funding=("cee", "eco_pret", "anah", "fonds_vert", "tfpb"),
    co_benefits=("Confort d'hiver", "Moins de bruit d'avion et de pluie"),
    pitfalls=("Isoler sans ventiler la nuit garde la chaleur.", "Ponts thermiques oubliés."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("Une hausse de loyer est possible ; la facture baisse."),
        resources=no("Elle en économise."),
        upkeep=no("Rien à entretenir."),
        extremes=maybe("À 40 °C, il faut aussi fermer les volets et ventiler la nuit."),
        excludes=yes("Surtout le dernier étage, l'été."),
        irreversible=no("Elle reste utile."),
    ),
    benefits=("Locataires du dernier étage", "Tout l'immeuble, l'hiver"),
    loses=("Locataires dont le loyer monte plus que la facture ne baisse",),
    references=(RENOVATION,),
)
