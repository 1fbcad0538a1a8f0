"""What stands behind the figures of several measures."""

from labo.measure import Reference

# Read in the passage that is cited: an address is here only for that reason.
PFMV_TREE = Reference(
    "ADEME, Plus fraîche ma ville, fiche « Planter un arbre »",
    "https://plusfraichemaville.fr/fiche-solution/planter-un-arbre",
)
PFMV_UNSEALING = Reference(
    "ADEME, Plus fraîche ma ville, fiche « Désimperméabilisation »",
    "https://plusfraichemaville.fr/fiche-solution/desimpermabilisation",
)
PFMV_ALBEDO = Reference(
    "ADEME, Plus fraîche ma ville, fiche « Revêtement à albédo élevé »",
    "https://plusfraichemaville.fr/fiche-solution/revetement-albedo-eleve",
)
PFMV_FOUNTAIN = Reference(
    "ADEME, Plus fraîche ma ville, fiche « Fontaines et réseau de fontainerie »",
    "https://plusfraichemaville.fr/fiche-solution/fontaines-reseau-fontainerie",
)
PFMV_OASIS = Reference(
    "ADEME, Plus fraîche ma ville, « Les cours Oasis à Paris »",
    "https://plusfraichemaville.fr/projet/desimpermeabilisation-cours-oasis-de-paris",
)
ADEME_IN_PRESS = Reference(
    "Nice-Matin citant le recueil de l'ADEME (2021), « Un parc, des arbres, une fontaine »",
    "https://www.nicematin.com/environnement/"
    "un-parc-des-arbres-une-fontaine-quelle-est-la-reelle-efficacite-des-solutions-"
    "pour-rafraichir-les-villes-783313",
)
SWALES = Reference(
    "Place du Pro, « Faire de la ville une éponge » : coûts des noues",
    "https://placedupro.com/articles/2292/faire-de-la-ville-une-eponge-",
)
GREEN_WALL = Reference(
    "TF1 Info (2023), « Peut-on climatiser tout en préservant l'environnement ? » : mur végétal",
    "https://www.tf1info.fr/environnement-ecologie/"
    "peut-on-climatiser-tout-en-preservant-l-environnement-2264378.html",
)
COOL_ROOF = Reference(
    "Franceinfo et Brut (2023), « Des toits en blanc », prix dit par le fabricant",
    "https://www.francetvinfo.fr/monde/environnement/"
    "video-des-toits-en-blanc-pour-lutter-contre-la-chaleur_5892724.html",
)
CEILING_FANS = Reference(
    "ALEC Montpellier, « Comment les brasseurs d'air plafonniers améliorent le confort d'été »",
    "https://alec-montpellier.org/actualites/"
    "comment-les-brasseurs-dair-plafonniers-ameliorent-le-confort-dete",
)
CEILING_FANS_PRICE = Reference(
    "Adaptaville, « Les brasseurs d'air »",
    "https://www.adaptaville.fr/"
    "les-brasseurs-d-air-une-solution-alternative-low-tech-pour-se-rafrai",
)
OASIS = Reference(
    "Adaptaville, « Aménager les cours d'école en îlots de fraîcheur »",
    "https://www.adaptaville.fr/amenagement-ecologique-cour-de-recreation",
)
ADULTES_RELAIS = Reference(
    "Préfecture du Gard, « Les conventions adultes relais » : aide de l'État par poste",
    "https://www.gard.gouv.fr/Services-de-l-Etat/Emploi-travail-et-solidarites/"
    "Siege-de-la-Direction-Departementale-de-l-Emploi-du-Travail-et-des-Solidarites-du-Gard/"
    "Les-missions-de-la-DDETS/LA-DDETS-ET-L-ANIMATION-TERRITORIALE/Service-Politique-de-la-ville/"
    "Les-conventions-adultes-relais",
)
# Known of, not yet read.
ADEME_COOLING = Reference("ADEME, « Rafraîchir les villes, des solutions variées » (2021)", None)
SPF_HEAT = Reference("Santé publique France, bilans « canicule et santé »", None)
HEAT_PLAN = Reference("Instruction interministérielle sur les vagues de chaleur, à jour", None)
CASF_REGISTER = Reference(
    "Code de l'action sociale et des familles, article L121-6-1 : registre du CCAS", None
)
CEREMA_SOILS = Reference("Cerema, guides sur la désimperméabilisation et la nature en ville", None)
WATER_AGENCY = Reference("Agence de l'eau Loire-Bretagne, 12e programme (2025-2030)", None)
ANRU_GRID = Reference("ANRU, « Quartiers résilients », grille d'analyse", None)
RENOVATION = Reference("Union sociale pour l'habitat, coûts des réhabilitations", None)
CLAY = Reference("Cerema et Ineris, guides sur le retrait-gonflement des argiles", None)
FLOODS = Reference("Cepri, guides sur la vulnérabilité des logements aux inondations", None)
WORK_IN_HEAT = Reference("Code du travail, articles sur la chaleur (décret du 27 mai 2025)", None)
SOLAR = Reference("ADEME et CRE, coûts du photovoltaïque et règles de l'autoconsommation", None)
SLIME = Reference("CLER, programme SLIME : coûts des visites à domicile", None)
SCHOOL_STREETS = Reference("Ademe et Cerema, retours sur les « rues aux écoles »", None)
GARDENS = Reference("ADEME et Cerema, « Jardins partagés et sols urbains »", None)
