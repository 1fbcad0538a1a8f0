"""Trees and shade: what a person who walks, waits or sits is spared."""

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
    ANRU_GRID,
    CEREMA_SOILS,
    PFMV_TREE,
)
from labo.runoff import TR_55

FEW_OPEN_SOIL = to_check(0.05, 0.02, 0.10, "1", "part de sol ouvert du quartier")
MUCH_CANOPY = to_check(0.45, 0.35, 0.60, "1", "part de canopée du quartier")
# What woods shed less than grass on soils of group B and C in a storm of 50 mm.
WOODS_RELIEF = to_check(0.09, 0.03, 0.15, "1", "part d'un gros orage retenue par m² boisé", TR_55)

measure(
    id="plant_trees",
    label="Planter des arbres en pleine terre",
    summary=(
        "Des arbres d'espèces variées et peu gourmandes en eau, plantés dans une vraie fosse, le "
        "long des rues, au pied des immeubles et sur les places."
    ),
    family="shade",
    kind="green",
    hazards=("heat", "flood", "nature", "air"),
    unit="tree",
    unit_label="arbre",
    capital=to_check(1_500, 500, 3_000, "euro / tree", "arbre de rue, fosse comprise, hors taxes"),
    running=to_check(90, 50, 150, "euro / tree / year", "arrosage et taille les premières années"),
    lifetime=to_check(50, 30, 80, "year", "arbre de ville bien planté"),
    delay=published(0, 1, "month", "travaux seuls, entre novembre et mars", PFMV_TREE),
    full_effect=to_check(20, 10, 30, "year", "jusqu'à une couronne adulte"),
    effects=(
        figured(
            "air",
            "L'air rafraîchit un peu sous un groupe d'arbres adultes, presque pas sous un seul.",
            to_check(
                -1,
                -3,
                0,
                "kelvin",
                "air, de jour, sous des arbres adultes",
                (
                    f"{ADEME_IN_PRESS.label} ({ADEME_IN_PRESS.url}) dit 3 °C au plus ; la valeur "
                    "centrale est la nôtre"
                ),
            ),
        ),
        figured(
            "felt",
            "À l'ombre, on ressent bien plus de fraîcheur que l'air n'en a.",
            to_check(-8, -12, -4, "kelvin", "ressenti (UTCI), de jour, à l'ombre d'un arbre"),
        ),
        unfigured("biodiversity", "Oiseaux et insectes trouvent abri et nourriture."),
        unfigured("water", "La fosse et les feuilles retiennent le début d'une pluie."),
    ),
    changes=(
        Change(
            layer="canopy_ground",
            each=to_check(25, 8, 50, "m**2 / tree", "couronne d'un arbre de 20 ans"),
            within="zone_ground",
        ),
    ),
    opens=(),
    answers={
        "canopy_share": improves("Chaque arbre ajoute de la canopée."),
        "hot_day_share": protects("L'ombre coupe le soleil là où l'on marche et où l'on attend."),
        "surface_temperature_anomaly": protects("Un sol à l'ombre chauffe bien moins."),
        "children_0_3_share": protects("Jeux et chemins des plus petits passent à l'ombre."),
        "aged_65_plus_share": protects("Un banc à l'ombre permet de sortir et de souffler."),
    },
    leans_on={"open_soil_share": "De la pleine terre où planter sans casser l'enrobé."},
    needs=("deep_soil", "upkeep"),
    limits=(
        below(
            "open_soil_share",
            FEW_OPEN_SOIL,
            "impossible",
            "Presque aucun sol ouvert : il faut d'abord désimperméabiliser.",
        ),
        above("canopy_share", MUCH_CANOPY, "pointless", "Le quartier est déjà très arboré."),
    ),
    impossible_if=(
        "Le sous-sol est plein de réseaux, ou c'est une dalle.",
        "Personne ne peut arroser les trois premiers étés.",
    ),
    decides=("commune", "epci", "landlord", "residents"),
    funding=("droit_commun", "fonds_vert", "agence_eau", "anru", "tfpb", "region"),
    co_benefits=("Un cadre de vie plus beau", "Du carbone stocké", "De l'air un peu plus propre"),
    pitfalls=(
        "5 à 20 % des jeunes arbres meurent s'ils ne sont pas arrosés.",
        "Espèces qui font éternuer, ou qui ne supportent pas la sécheresse.",
        "Vues bouchées ou coins sombres, si personne n'a été consulté.",
        "Plus fraîche ma ville dit −4 °C dans l'air (médiane) : bien plus que d'autres études.",
    ),
    checks=checked(
        shifts=no("L'ombre profite à tous ceux qui passent."),
        charges=maybe("L'entretien peut passer dans les charges si l'arbre est au bailleur."),
        resources=maybe("De l'eau pendant trois étés, puis peu si l'espèce est bien choisie."),
        upkeep=yes("Sans arrosage ni taille payés, l'arbre meurt."),
        extremes=maybe("Un arbre qui manque d'eau ferme ses feuilles et rafraîchit moins."),
        excludes=maybe("Il faut consulter, et penser aux allergies."),
        irreversible=no("Un arbre se remplace, même si cela prend du temps."),
    ),
    benefits=("Piétons, enfants, aînés", "Habitants des premiers étages côté soleil"),
    loses=("Automobilistes qui perdent une place", "Locataires, si les charges montent"),
    references=(PFMV_TREE, ADEME_IN_PRESS, ADEME_COOLING),
)

measure(
    id="micro_forest",
    label="Faire un îlot boisé",
    summary=(
        "Quelques centaines de mètres carrés plantés serré, de plusieurs tailles d'arbres et "
        "d'arbustes locaux, avec un chemin et des assises."
    ),
    family="shade",
    kind="green",
    hazards=("heat", "nature", "flood"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(40, 20, 60, "euro / m**2", "préparation du sol et plants, hors taxes"),
    running=to_check(2, 0.5, 4, "euro / m**2 / year", "désherbage les trois premières années"),
    lifetime=to_check(40, 25, 60, "year", "îlot installé"),
    delay=to_check(5, 3, 6, "month", "étude du sol puis plantation en hiver"),
    full_effect=to_check(15, 8, 20, "year", "jusqu'à un couvert fermé"),
    effects=(
        figured(
            "air",
            "Sous le couvert, l'air est un peu plus frais ; à côté, presque pas.",
            to_check(-1.5, -2, -0.5, "kelvin", "air, de jour, sous le couvert"),
        ),
        unfigured("biodiversity", "Un milieu de plus, relié ou non aux autres."),
        unfigured("water", "Le sol boisé boit mieux la pluie qu'une pelouse tassée."),
    ),
    changes=(
        Change(
            layer="canopy_ground",
            each=to_check(0.9, 0.6, 1.0, "1", "part de l'îlot sous les couronnes"),
            within="zone_ground",
        ),
        Change(
            layer="vegetation_ground",
            each=to_check(1.0, 0.8, 1.0, "1", "part de l'îlot que la carte montrera boisée"),
            within="zone_ground",
        ),
        Change(layer="woodland_relief_ground", each=WOODS_RELIEF, within="zone_ground"),
    ),
    opens=(),
    answers={
        "canopy_share": improves("Un couvert dense, sur peu de place."),
        "vegetation_share": improves("Il apparaîtra dans la végétation arborée."),
        "species_richness": protects(
            "Plusieurs étages de plantes locales accueillent des espèces."
        ),
        "runoff_potential": improves("Un sol boisé laisse moins ruisseler."),
    },
    leans_on={"open_soil_share": "Un terrain libre, déjà en terre."},
    needs=("deep_soil", "upkeep"),
    limits=(
        below(
            "open_soil_share",
            FEW_OPEN_SOIL,
            "impossible",
            "Presque aucun sol ouvert : pas de terrain où boiser.",
        ),
    ),
    impossible_if=(
        "Le terrain sert à jouer, à se réunir ou à sécher le linge.",
        "Le sol est pollué ou trop mince.",
    ),
    decides=("commune", "epci", "landlord"),
    funding=("fonds_vert", "droit_commun", "region", "fph", "fondations"),
    co_benefits=("Une plantation faite avec les enfants", "Un lieu calme"),
    pitfalls=(
        "Des promesses exagérées sur la vitesse de pousse.",
        "Un coin sombre où l'on ne passe plus, si les vues sont fermées.",
        "Trois ans de désherbage oubliés dans le budget.",
    ),
    checks=checked(
        shifts=no("Rien n'est rejeté ailleurs."),
        charges=maybe("Selon qui entretient le terrain."),
        resources=maybe("Arroser les deux premiers étés, puis presque plus."),
        upkeep=maybe("Peu d'entretien après trois ans, mais il faut passer ces trois ans."),
        extremes=maybe("Un couvert jeune souffre d'une sécheresse longue."),
        excludes=maybe("Un bois fermé peut faire peur, surtout aux femmes le soir."),
        irreversible=no("Le terrain reste un terrain vert."),
    ),
    benefits=("Riverains", "Écoles proches"),
    loses=("Ceux qui se servaient du terrain nu",),
    references=(CEREMA_SOILS, ADEME_COOLING),
)

measure(
    id="shaded_square",
    label="Créer un square ombragé",
    summary=(
        "Un petit parc ouvert à tous, à moins de cinq minutes, avec de grands arbres, de l'eau à "
        "boire, des jeux et des bancs qui conviennent aux aînés."
    ),
    family="shade",
    kind="green",
    hazards=("heat", "nature", "flood", "air"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(
        150, 80, 250, "euro / m**2", "aménagement complet, hors taxes et hors terrain"
    ),
    running=to_check(3.5, 2, 5, "euro / m**2 / year", "entretien d'un square"),
    lifetime=to_check(30, 20, 40, "year", "avant une reprise complète"),
    delay=to_check(18, 12, 24, "month", "concertation, étude, travaux"),
    full_effect=to_check(15, 10, 25, "year", "jusqu'à de grands arbres"),
    effects=(
        figured(
            "air",
            "Un petit parc rafraîchit surtout son intérieur ; l'effet s'entend à quelque cent "
            "mètres au plus.",
            to_check(-1, -2, -0.3, "kelvin", "air, au cœur d'un petit parc arboré"),
        ),
        figured(
            "felt",
            "L'ombre des arbres fait l'essentiel.",
            to_check(-6, -10, -3, "kelvin", "ressenti, de jour, à l'ombre"),
        ),
        unfigured("social", "Un lieu où l'on se rencontre sans payer."),
    ),
    changes=(
        Change(
            layer="canopy_ground",
            each=to_check(0.4, 0.2, 0.6, "1", "part du square sous les arbres adultes"),
            within="zone_ground",
        ),
    ),
    opens=("cool_outdoor_place", "green_space"),
    answers={
        "cool_outdoor_access_share": improves("Un lieu frais de plus, à portée de marche."),
        "green_space_access_share": improves("Compte s'il fait un demi-hectare."),
        "canopy_share": improves("Des arbres en nombre."),
        "children_0_3_share": protects("Un lieu où sortir avec de jeunes enfants."),
        "overcrowding_share": protects("Une pièce de plus, dehors, pour ceux qui sont à l'étroit."),
    },
    leans_on={"open_soil_share": "Un terrain à embellir plutôt qu'à créer."},
    needs=("ground", "upkeep", "water"),
    limits=(),
    impossible_if=("Aucun terrain public ou de bailleur d'au moins 1 000 m² n'est libre.",),
    decides=("commune", "epci", "landlord"),
    funding=("fonds_vert", "anru", "agence_eau", "feder", "dpv_dsil", "region"),
    co_benefits=("Santé et activité physique", "Lien entre voisins", "Pluie infiltrée"),
    pitfalls=(
        "Une pelouse sèche sans arbre est plus chaude que la rue d'à côté.",
        "Le quartier devient plus cher et des habitants partent.",
        "Fermé le soir, donc fermé aux heures où l'on cherche l'air.",
    ),
    checks=checked(
        shifts=maybe("Les loyers privés d'à côté peuvent monter."),
        charges=no("Payé par la collectivité."),
        resources=maybe("De l'eau les premiers étés ; peu si l'on choisit bien les plantes."),
        upkeep=yes("Sans gestion quotidienne, le lieu se dégrade vite."),
        extremes=no("De grands arbres restent utiles à 40 °C s'ils ont de la terre."),
        excludes=maybe("Qui s'y sent chez soi ? Bancs, toilettes, lumière et accueil en décident."),
        irreversible=no("On peut changer l'usage plus tard."),
    ),
    benefits=("Habitants sans jardin ni balcon", "Enfants, aînés"),
    loses=("Locataires du privé, si les loyers montent",),
    references=(ADEME_IN_PRESS, ADEME_COOLING, ANRU_GRID),
)

measure(
    id="shade_structures",
    label="Poser des ombrières et des voiles d'ombrage",
    summary=(
        "De l'ombre tout de suite, là où un arbre ne peut pas pousser ou pas encore : aire de "
        "jeux, cour, marché, bancs."
    ),
    family="shade",
    kind="grey",
    hazards=("heat",),
    unit="m**2",
    unit_label="m²",
    capital=to_check(400, 150, 800, "euro / m**2", "structure scellée d'espace public, hors taxes"),
    running=to_check(15, 5, 40, "euro / m**2 / year", "pose, dépose et contrôle chaque année"),
    lifetime=to_check(12, 6, 20, "year", "toile 6 à 10 ans, structure davantage"),
    delay=to_check(4, 1, 6, "month", "commande et pose"),
    full_effect=to_check(0, 0, 1, "year", "dès la pose"),
    effects=(
        figured(
            "felt",
            "Sous la toile, le soleil ne frappe plus.",
            to_check(-6, -10, -3, "kelvin", "ressenti, de jour, sous une toile dense"),
        ),
        figured(
            "air",
            "L'air lui-même ne change presque pas.",
            to_check(0, -0.5, 0.2, "kelvin", "air, de jour, sous une toile"),
        ),
    ),
    changes=(),
    opens=(),
    answers={
        "hot_day_share": protects("De l'ombre là où l'on reste, dès le premier été."),
        "surface_temperature_anomaly": protects("Le sol abrité ne brûle plus."),
        "children_0_3_share": protects("Toboggans et bancs de jeux redeviennent utilisables."),
        "canopy_share": protects("Elle remplace les arbres le temps qu'ils poussent."),
    },
    leans_on={},
    needs=("ground", "upkeep"),
    limits=(),
    impossible_if=(
        "Le lieu est trop venté, ou les fondations touchent des réseaux.",
        "Le site est protégé et l'architecte des Bâtiments de France refuse.",
    ),
    decides=("commune", "landlord", "school"),
    funding=("droit_commun", "fonds_vert", "dpv_dsil", "tfpb", "fph"),
    co_benefits=("Un abri de la pluie aussi", "Peut porter des panneaux solaires"),
    pitfalls=(
        "Une toile fermée garde la chaleur la nuit : la retirer ou l'ouvrir.",
        "Le vent : une toile mal tendue se déchire et blesse.",
        "Oubliée dans un hangar le deuxième été.",
    ),
    checks=checked(
        shifts=no("L'ombre ne prend rien à personne."),
        charges=maybe("Selon qui pose et dépose."),
        resources=no("Ni eau ni énergie une fois posée."),
        upkeep=yes("Il faut la poser, la déposer et la contrôler chaque année."),
        extremes=no("Elle sert surtout à 40 °C ; elle se replie en cas de vent."),
        excludes=maybe("La hauteur et les passages doivent convenir aux fauteuils."),
        irreversible=no("Elle se démonte."),
    ),
    benefits=("Enfants, parents, aînés", "Clients et vendeurs du marché"),
    loses=("Ceux dont la vue est bouchée",),
    references=(ADEME_COOLING,),
)

measure(
    id="planted_pergola",
    label="Installer des pergolas plantées",
    summary=(
        "Une structure légère où grimpent vigne, glycine ou houblon, en pleine terre quand c'est "
        "possible, pour faire de l'ombre en deux ou trois étés."
    ),
    family="shade",
    kind="green",
    hazards=("heat", "nature"),
    unit="m**2",
    unit_label="m²",
    capital=to_check(
        250, 100, 500, "euro / m**2", "structure et plants, espace public, hors taxes"
    ),
    running=to_check(10, 4, 20, "euro / m**2 / year", "taille et arrosage"),
    lifetime=to_check(20, 10, 30, "year", "structure"),
    delay=to_check(5, 3, 8, "month", "commande, pose, plantation"),
    full_effect=to_check(3, 2, 5, "year", "jusqu'à un feuillage qui couvre"),
    effects=(
        figured(
            "felt",
            "L'ombre du feuillage, moins dense la première année.",
            to_check(-5, -9, -2, "kelvin", "ressenti, de jour, sous le feuillage"),
        ),
        unfigured("biodiversity", "Des fleurs pour les insectes."),
    ),
    changes=(),
    opens=(),
    answers={
        "hot_day_share": protects("De l'ombre vivante là où un arbre ne tient pas."),
        "canopy_share": protects("Du feuillage là où la terre manque pour des arbres."),
        "aged_65_plus_share": protects("Une pause à l'ombre sur le chemin des courses."),
    },
    leans_on={"associations_per_1000": "Des habitants pour choisir et soigner les plantes."},
    needs=("ground", "upkeep"),
    limits=(),
    impossible_if=("Personne pour arroser les deux premiers étés.",),
    decides=("commune", "landlord", "residents"),
    funding=("droit_commun", "fonds_vert", "tfpb", "fph", "fondations"),
    co_benefits=("Raisin, houblon, fleurs", "Un projet que des habitants peuvent mener"),
    pitfalls=("Plantes en bac qui sèchent en août.", "Structure nue pendant trois ans."),
    checks=checked(
        shifts=no("Rien n'est déplacé."),
        charges=maybe("L'entretien peut entrer dans les charges."),
        resources=maybe("De l'eau les premiers étés, toujours en bac."),
        upkeep=yes("Une grimpante non taillée abîme la structure."),
        extremes=maybe("En bac, elle souffre à 40 °C ; en pleine terre, elle tient."),
        excludes=no("Ouverte à tous."),
        irreversible=no("Elle se démonte."),
    ),
    benefits=("Passants, aînés, parents",),
    loses=("Personne en particulier, si le passage reste libre",),
    references=(ADEME_COOLING,),
)
