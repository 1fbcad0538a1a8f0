"""Ground: opened, planted, made lighter, or simply looked after in another way."""

from labo.measure import (
    Change,
    above,
    below,
    checked,
    figured,
    improves,
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
    ADEME_IN_PRESS,
    CEREMA_SOILS,
    CLAY,
    PFMV_ALBEDO,
    PFMV_UNSEALING,
    WATER_AGENCY,
)
from labo.runoff import TR_55

LITTLE_SEALED = to_check(0.15, 0.08, 0.25, "1", "part de sol imperméable du quartier")
LITTLE_OPEN = to_check(0.05, 0.02, 0.10, "1", "part de sol ouvert du quartier")
# A sealed m² that becomes grass sheds as grass does: soils of group B and C, storm of 50 mm.
GRASS_SHEDS = to_check(
    0.18, 0.02, 0.45, "1", "part d'un gros orage que laisse un m² d'herbe", TR_55
)
CLAY_HOUSES = to_check(0.5, 0.3, 0.7, "1", "part des maisons sur un sol argileux exposé")

measure(
    id="unseal_soil",
    label="Désimperméabiliser et planter",
    summary=(
        "Retirer l'enrobé inutile (parkings vides, cours, pieds d'immeuble), rendre la terre "
        "vivante et la planter."
    ),
    family="soil",
    kind="blue",
    hazards=("heat", "flood", "nature", "drought"),
    unit="m**2",
    unit_label="m²",
    capital=published(
        60, 150, "euro / m**2", "dépose et sol perméable, hors taxes", PFMV_UNSEALING
    ),
    running=to_check(2, 0.5, 5, "euro / m**2 / year", "entretien d'un sol planté"),
    lifetime=to_check(30, 20, 50, "year", "sol rendu à la terre"),
    delay=published(6, 12, "month", "travaux", PFMV_UNSEALING),
    full_effect=to_check(4, 2, 8, "year", "jusqu'à un sol qui boit et des plantes installées"),
    effects=(
        figured(
            "surface",
            "Un sol planté chauffe bien moins qu'un enrobé au soleil.",
            to_check(-15, -20, -8, "kelvin", "surface du sol, de jour, au soleil"),
        ),
        figured(
            "air",
            (
                "Plus fraîche ma ville publie −2,5 °C (médiane) ; nous gardons une fourchette "
                "prudente."
            ),
            to_check(-1, -2.5, -0.2, "kelvin", "air, de jour, au-dessus du sol planté"),
        ),
        figured(
            "water",
            "La pluie s'infiltre au lieu de courir vers l'égout.",
            to_check(-35, -44, -26, "mm", "ruissellement d'un orage de 50 mm, par m²", TR_55),
        ),
        unfigured("biodiversity", "Un sol vivant, des racines, des insectes."),
    ),
    changes=(
        Change(
            layer="impervious_ground",
            each=to_check(-1.0, -1.0, -0.8, "1", "m² imperméable en moins par m² ouvert"),
            within="zone_ground",
        ),
        Change(layer="soil_runoff_ground", each=GRASS_SHEDS, within="zone_ground"),
    ),
    opens=(),
    answers={
        "impervious_share": improves("Chaque m² ouvert en retire un à l'imperméable."),
        "open_soil_share": improves("Il rend de la pleine terre où planter."),
        "runoff_potential": improves("Moins d'eau court vers les points bas."),
        "surface_temperature_anomaly": protects("Moins d'enrobé au soleil."),
        "flood_residents_share": protects("Moins d'eau arrive en bas lors d'un orage."),
    },
    leans_on={"impervious_share": "De l'enrobé que l'on peut retirer."},
    needs=("ground", "upkeep"),
    limits=(
        below(
            "impervious_share",
            LITTLE_SEALED,
            "pointless",
            "Le quartier a peu de sol imperméable à ouvrir.",
        ),
        above(
            "clay_houses_share",
            CLAY_HOUSES,
            "impossible",
            (
                "Trop de maisons sur argile : infiltrer près des murs les fissure. Possible loin "
                "d'elles."
            ),
        ),
    ),
    impossible_if=(
        "Le sol est pollué (ancienne usine, garage, remblais) : à analyser d'abord.",
        "Le dessous est une dalle de parking ou plein de réseaux.",
    ),
    decides=("commune", "epci", "landlord", "co_owners"),
    funding=("agence_eau", "fonds_vert", "anru", "droit_commun", "feder", "tfpb"),
    co_benefits=("Nappe rechargée", "Arbres qui trouvent à boire", "Moins d'eau à l'égout"),
    pitfalls=(
        "Pollution du sol découverte pendant les travaux.",
        "Places de stationnement retirées sans en parler.",
        "Boue l'hiver, herbe morte l'été si le sol n'a pas été refait en profondeur.",
    ),
    checks=checked(
        shifts=maybe("Près de maisons sur argile, l'eau infiltrée peut fissurer."),
        charges=maybe("L'entretien d'un espace vert peut entrer dans les charges."),
        resources=no("Elle garde l'eau de pluie sur place."),
        upkeep=maybe("Un sol planté se soigne ; un parking non."),
        extremes=maybe("Un sol très sec rafraîchit moins, mais boit toujours l'orage."),
        excludes=maybe("Garder des chemins roulants pour fauteuils et poussettes."),
        irreversible=no("On peut refaire un sol dur."),
    ),
    benefits=("Riverains", "Habitants des rez-de-chaussée et des points bas"),
    loses=("Automobilistes qui perdent une place",),
    references=(PFMV_UNSEALING, CEREMA_SOILS, WATER_AGENCY, CLAY),
)

measure(
    id="grass_meadow",
    label="Semer une prairie ou une pelouse",
    summary="De l'herbe haute ou rase à la place d'un sol nu, avec des chemins et de l'ombre.",
    family="soil",
    kind="green",
    hazards=("heat", "nature"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(15, 5, 30, "euro / m**2", "préparation et semis, hors taxes"),
    running=to_check(1.5, 0.5, 3, "euro / m**2 / year", "une à deux fauches, davantage si rase"),
    lifetime=to_check(15, 8, 25, "year", "avant de refaire"),
    delay=to_check(2, 1, 3, "month", "préparation et semis"),
    full_effect=to_check(1, 1, 2, "year", "une saison de pousse"),
    effects=(
        figured(
            "air",
            "L'herbe seule rafraîchit très peu : il faut de l'ombre.",
            published(-1, -0.1, "kelvin", "air, de jour, herbe contre sol minéral", ADEME_IN_PRESS),
        ),
        unfigured("biodiversity", "Fauchée tard, une prairie accueille des insectes."),
        unfigured("water", "Une herbe sur sol souple boit la pluie."),
    ),
    changes=(),
    opens=(),
    answers={
        "species_richness": protects("Une prairie fleurie nourrit des insectes."),
        "surface_temperature_anomaly": protects("L'herbe chauffe moins qu'un sol nu."),
    },
    leans_on={"open_soil_share": "Des sols nus ou tondus ras à changer."},
    needs=("ground", "upkeep"),
    limits=(
        below(
            "open_soil_share",
            LITTLE_OPEN,
            "impossible",
            "Presque aucun sol ouvert à semer.",
        ),
    ),
    impossible_if=("Le sol est piétiné toute l'année : l'herbe n'y tient pas.",),
    decides=("commune", "landlord", "co_owners"),
    funding=("droit_commun", "tfpb", "fonds_vert", "fph"),
    co_benefits=("Peu coûteux", "Une vie de petites bêtes à observer"),
    pitfalls=(
        "Une pelouse grillée peut être plus chaude que le trottoir d'à côté.",
        "« Ça fait sale » : expliquer la fauche tardive.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Moins chère à entretenir qu'une pelouse rase."),
        resources=maybe("Une pelouse rase demande de l'eau ; une prairie non."),
        upkeep=no("Une ou deux fauches suffisent à une prairie."),
        extremes=yes("Jaunie, elle ne rafraîchit plus."),
        excludes=maybe("Garder des chemins ; penser aux allergies."),
        irreversible=no("Elle se retourne en une saison."),
    ),
    benefits=("Riverains", "Insectes et oiseaux"),
    loses=("Ceux qui jouent au ballon sur l'herbe rase",),
    references=(ADEME_IN_PRESS, CEREMA_SOILS),
)

measure(
    id="permeable_paving",
    label="Poser des revêtements perméables",
    summary=(
        "Pavés à joints enherbés, dalles alvéolées, graviers stabilisés : rouler et marcher, en "
        "laissant passer l'eau."
    ),
    family="soil",
    kind="blue",
    hazards=("flood", "heat"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(100, 60, 150, "euro / m**2", "fourni et posé, hors taxes"),
    running=to_check(1.5, 0.5, 4, "euro / m**2 / year", "balayage et décolmatage"),
    lifetime=to_check(20, 12, 30, "year", "avant de refaire"),
    delay=to_check(4, 2, 6, "month", "étude et travaux"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "water",
            "Une bonne part de la pluie passe à travers, tant que les joints ne sont pas bouchés.",
            to_check(-20, -35, -5, "mm", "ruissellement d'un orage de 50 mm, par m²"),
        ),
        figured(
            "air",
            "Presque pas d'effet sur l'air.",
            to_check(-0.3, -1, 0, "kelvin", "air, de jour, au-dessus du sol"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "runoff_potential": protects("L'eau des petites pluies reste sur place."),
        "impervious_share": protects("Des sols utiles, mais qui boivent."),
        "flood_residents_share": protects("Moins d'eau arrive aux points bas."),
    },
    leans_on={"impervious_share": "Parkings et allées à refaire de toute façon."},
    needs=("ground", "upkeep"),
    limits=(
        below(
            "impervious_share",
            LITTLE_SEALED,
            "pointless",
            "Le quartier a peu de sol imperméable à changer.",
        ),
    ),
    impossible_if=("Sous-sol argileux près de maisons, ou dalle de parking.",),
    decides=("commune", "epci", "landlord", "co_owners"),
    funding=("agence_eau", "fonds_vert", "droit_commun", "anru"),
    co_benefits=("Moins de flaques et de verglas", "Moins d'eau à l'égout"),
    pitfalls=("Joints bouchés au bout de cinq ans.", "Sol inégal pour les fauteuils."),
    checks=checked(
        shifts=maybe("Près de maisons sur argile, à éviter."),
        charges=no("Comme un autre sol."),
        resources=no("Rien de plus qu'un autre sol."),
        upkeep=yes("Sans décolmatage, il redevient imperméable."),
        extremes=no("Il sert lors des orages ; à 40 °C il ne rafraîchit guère."),
        excludes=maybe("Choisir un joint où fauteuils et poussettes roulent."),
        irreversible=no("Un sol se refait."),
    ),
    benefits=("Habitants des points bas", "Piétons"),
    loses=("Personnes à mobilité réduite, si le joint est mal choisi",),
    references=(CEREMA_SOILS, WATER_AGENCY),
)

measure(
    id="light_paving",
    label="Éclaircir les sols qui restent durs",
    summary=(
        "Un revêtement clair, qui renvoie le soleil au lieu de le garder, là où l'on ne peut ni "
        "planter ni faire de l'ombre."
    ),
    family="soil",
    kind="grey",
    hazards=("heat",),
    unit="m**2",
    unit_label="m²",
    capital=published(20, 35, "euro / m**2", "revêtement à albédo élevé, hors taxes", PFMV_ALBEDO),
    running=to_check(1, 0.2, 3, "euro / m**2 / year", "lavage, reprises"),
    lifetime=to_check(10, 5, 15, "year", "avant de noircir"),
    delay=published(1, 3, "month", "travaux", PFMV_ALBEDO),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "surface",
            "Le sol lui-même chauffe moins.",
            to_check(-8, -15, -3, "kelvin", "surface du sol, de jour, au soleil"),
        ),
        figured(
            "air",
            "Plus fraîche ma ville publie −3 °C (médiane), surtout quand toute la ville le fait.",
            to_check(-0.5, -3, 0, "kelvin", "air, de jour"),
        ),
        figured(
            "felt",
            "Le soleil renvoyé peut gêner celui qui marche dessus.",
            to_check(1, -1, 3, "kelvin", "ressenti, de jour, en plein soleil"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "surface_temperature_anomaly": protects("La surface garde moins de chaleur."),
        "hot_night_share": protects("Moins de chaleur rendue la nuit."),
    },
    leans_on={"impervious_share": "Des sols durs que l'on doit garder."},
    needs=("ground",),
    limits=(
        below("impervious_share", LITTLE_SEALED, "pointless", "Peu de sols durs dans le quartier."),
    ),
    impossible_if=("Le sol est une place où l'on reste longtemps au soleil : il y éblouit.",),
    decides=("commune", "epci", "landlord", "school"),
    funding=("droit_commun", "dpv_dsil", "fonds_vert"),
    co_benefits=("Éclairage de nuit plus économe",),
    pitfalls=(
        "Éblouit et réchauffe les passants : évaluer avant.",
        "Se salit vite, et perd alors son effet.",
    ),
    checks=checked(
        shifts=yes("Il peut renvoyer la chaleur vers les passants et les façades."),
        charges=no("Pas d'effet sur les loyers."),
        resources=no("Pas d'eau, un peu de matière."),
        upkeep=yes("Sali, il perd une bonne part de son effet."),
        extremes=no("Il agit surtout par grand soleil."),
        excludes=maybe("L'éblouissement gêne les personnes malvoyantes."),
        irreversible=no("Il se recouvre."),
    ),
    benefits=("Logements voisins, la nuit",),
    loses=("Passants en plein soleil",),
    references=(PFMV_ALBEDO, ADEME_COOLING),
)

measure(
    id="living_soil",
    label="Entretenir autrement : sol vivant, fauche tardive, nuit noire",
    summary=(
        "Moins tondre, garder les feuilles au pied des arbres, laisser des coins en herbe haute, "
        "éteindre une partie de la nuit."
    ),
    family="soil",
    kind="soft",
    hazards=("nature", "drought", "heat"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(0.2, 0, 1, "euro / m**2", "plan de gestion, panneaux, formation"),
    running=to_check(
        -0.5, -2, 0.5, "euro / m**2 / year", "écart avec la tonte, souvent une économie"
    ),
    lifetime=to_check(5, 2, 10, "year", "tant que l'équipe la tient"),
    delay=to_check(3, 1, 6, "month", "plan et formation"),
    full_effect=to_check(3, 2, 5, "year", "retour d'un sol souple et d'espèces"),
    effects=(
        unfigured("biodiversity", "Plus de fleurs, d'insectes, de vers de terre."),
        unfigured("water", "Un sol souple boit mieux et sèche moins vite."),
    ),
    changes=(),
    opens=(),
    answers={
        "species_richness": protects("Plus d'espèces trouvent à manger et à nicher."),
        "corridor_share": protects("Des passages pour la petite faune entre les espaces verts."),
        "vegetation_share": protects("La végétation qui est là vit mieux."),
    },
    leans_on={"open_soil_share": "Des espaces verts que l'on tond déjà."},
    needs=("people", "agreement"),
    limits=(
        below("open_soil_share", LITTLE_OPEN, "impossible", "Presque aucun espace vert à gérer."),
    ),
    impossible_if=("Le marché d'entretien vient d'être signé pour plusieurs années.",),
    decides=("commune", "landlord", "co_owners"),
    funding=("droit_commun", "tfpb"),
    co_benefits=("Moins de bruit de tondeuse", "Des économies", "Des ciels étoilés"),
    pitfalls=(
        "« C'est sale, c'est abandonné » : sans explication, la mesure ne tient pas.",
        "Éteindre là où des femmes ont peur de passer.",
    ),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=no("Plutôt une baisse."),
        resources=no("Moins d'eau et de carburant."),
        upkeep=no("Elle demande moins, mais mieux."),
        extremes=no("Une herbe haute résiste mieux à la sécheresse."),
        excludes=maybe("La nuit noire doit tenir compte des peurs."),
        irreversible=no("On retond quand on veut."),
    ),
    benefits=("Riverains", "Équipes des espaces verts"),
    loses=("Entreprises de tonte, si le marché baisse",),
    references=(CEREMA_SOILS,),
)
