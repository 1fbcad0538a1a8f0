"""What cards and grids say in other languages of the residents, and who has read it over.

The tables were first written by a machine: a sheet says so until somebody who speaks the language
signs that they were read over. Changing a table changes its digest, and the signature then waits
for another.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

LANGUAGES = {"en": "anglais", "ar": "arabe", "pt": "portugais", "tr": "turc"}
OWN_NAMES = {"en": "English", "ar": "العربية", "pt": "Português", "tr": "Türkçe"}
RIGHT_TO_LEFT = {"ar"}

# French first: what stands on the sheet; then the same in each language of LANGUAGES, in order.
_ROWS: dict[str, tuple[str, str, str, str, str]] = {
    "fact": ("Un fait", "A fact", "معلومة", "Um facto", "Bir bilgi"),
    "resource": ("Une ressource", "A resource", "مورد", "Um recurso", "Bir kaynak"),
    "yours": ("À vous", "Your turn", "دوركم", "A sua vez", "Sıra sizde"),
    "unknown": (
        "Ce qu’on ne sait pas bien",
        "What we are not sure about",
        "ما لا نعرفه جيدًا",
        "O que não sabemos bem",
        "İyi bilmediğimiz şey",
    ),
    "whole": (
        "Dans toute l’agglomération",
        "In the whole urban area",
        "في كامل المنطقة الحضرية",
        "Em toda a aglomeração",
        "Tüm kentsel bölgede",
    ),
    "support": ("D’accord", "I agree", "أوافق", "Concordo", "Katılıyorum"),
    "oppose": ("Pas d’accord", "I disagree", "لا أوافق", "Não concordo", "Katılmıyorum"),
    "doubt": ("Je doute", "I am not sure", "لست متأكدًا", "Tenho dúvidas", "Emin değilim"),
    "table": ("Table", "Table", "الطاولة", "Mesa", "Masa"),
    "stop": ("Arrêt", "Stop", "المحطة", "Paragem", "Durak"),
    "where": ("Où ?", "Where?", "أين؟", "Onde?", "Nerede?"),
    "comfort": (
        "On se sent bien ici",
        "It feels good here",
        "نشعر بالراحة هنا",
        "Sentimo-nos bem aqui",
        "Burada kendimizi iyi hissediyoruz",
    ),
    "shade": ("De l’ombre", "Shade", "الظل", "Sombra", "Gölge"),
    "seats": ("Où s’asseoir", "Places to sit", "أماكن للجلوس", "Onde sentar", "Oturacak yer"),
    "water": ("De l’eau à boire", "Drinking water", "ماء للشرب", "Água para beber", "İçme suyu"),
    "quiet": ("Du calme", "Quiet", "الهدوء", "Sossego", "Sessizlik"),
    "air": ("Ça sent bon", "The air smells good", "رائحة الهواء طيبة", "O ar cheira bem",
            "Hava güzel kokuyor"),
    "ground": (
        "De la terre, des plantes",
        "Soil and plants",
        "تربة ونباتات",
        "Terra e plantas",
        "Toprak ve bitkiler",
    ),
    "safety": ("On s’y sent en sécurité", "It feels safe", "نشعر بالأمان", "Sentimo-nos seguros",
               "Güvende hissediyoruz"),
    "access": (
        "On passe en fauteuil, en poussette",
        "Wheelchairs and pushchairs can pass",
        "يمكن المرور بكرسي متحرك أو عربة أطفال",
        "Passa-se em cadeira de rodas ou carrinho",
        "Tekerlekli sandalye ve bebek arabası geçebilir",
    ),
    "helps": ("Ce qui aide ici", "What helps here", "ما يساعد هنا", "O que ajuda aqui",
              "Burada işe yarayan"),
    "bothers": ("Ce qui gêne ici", "What is a problem here", "ما يزعج هنا", "O que incomoda aqui",
                "Burada rahatsız eden"),
    "scale": (
        "De 1 (pas du tout) à 5 (tout à fait)",
        "From 1 (not at all) to 5 (completely)",
        "من 1 (إطلاقًا) إلى 5 (تمامًا)",
        "De 1 (nada) a 5 (totalmente)",
        "1 (hiç) ile 5 (tamamen) arası",
    ),
    "cause_from": ("À cause de quoi ?", "Because of what?", "بسبب ماذا؟", "Por causa de quê?",
                   "Ne yüzünden?"),
    "cause_to": ("Cela fait quoi ?", "What does it lead to?", "إلى ماذا يؤدي؟",
                 "O que é que isso provoca?", "Neye yol açıyor?"),
    "story": (
        "Racontez une journée ici en 2050",
        "Tell a day here in 2050",
        "احكوا يومًا هنا في عام 2050",
        "Contem um dia aqui em 2050",
        "2050’de burada bir günü anlatın",
    ),
    "first_axis": ("Premier axe", "First axis", "المحور الأول", "Primeiro eixo", "Birinci eksen"),
    "second_axis": ("Deuxième axe", "Second axis", "المحور الثاني", "Segundo eixo",
                    "İkinci eksen"),
    "conditions": (
        "Ce qu’il faut pour y arriver",
        "What it takes to get there",
        "ما يلزم للوصول",
        "O que é preciso para lá chegar",
        "Oraya varmak için gerekenler",
    ),
    "obstacles": ("Ce qui bloque", "What stands in the way", "ما يعيق", "O que bloqueia",
                  "Engel olan"),
    "allies": ("Qui peut aider", "Who can help", "من يمكنه المساعدة", "Quem pode ajudar",
               "Kim yardım edebilir"),
    "asset": ("Ce qu’on a", "What we have", "ما لدينا", "O que temos", "Elimizde olan"),
    "serves": ("À quoi cela sert", "What it is for", "فيمَ يفيد", "Para que serve", "Ne işe yarar"),
    "fragile": ("Ce qui est fragile", "What is fragile", "ما هو هش", "O que é frágil",
                "Kırılgan olan"),
    "title": ("Notre solution", "Our solution", "الحل الذي نقترحه", "A nossa solução",
              "Çözümümüz"),
    "problem": ("Quel problème ?", "Which problem?", "ما المشكلة؟", "Que problema?",
                "Hangi sorun?"),
    "public": ("Pour qui ?", "For whom?", "لمن؟", "Para quem?", "Kimin için?"),
    "place": ("Dans quel lieu ?", "In which place?", "في أي مكان؟", "Em que lugar?",
              "Hangi yerde?"),
    "means": (
        "Avec quelles ressources d’ici ?",
        "With which local resources?",
        "بأي موارد محلية؟",
        "Com que recursos daqui?",
        "Buradaki hangi kaynaklarla?",
    ),
    "bearer": ("Qui s’en occupe ?", "Who takes care of it?", "من يتولى الأمر؟", "Quem trata disso?",
               "Kim ilgilenir?"),
    "first_step": (
        "Premier pas, dans les 90 jours",
        "First step, within 90 days",
        "الخطوة الأولى خلال 90 يومًا",
        "Primeiro passo, em 90 dias",
        "İlk adım, 90 gün içinde",
    ),
    "effort": ("Effort", "Effort", "الجهد", "Esforço", "Çaba"),
    "impact": ("Effet", "Effect", "الأثر", "Efeito", "Etki"),
    "justice": ("Justice", "Fairness", "العدالة", "Justiça", "Adalet"),
    "levels": ("1 petit, 2 moyen, 3 grand", "1 small, 2 medium, 3 large", "1 صغير، 2 متوسط، 3 كبير",
               "1 pequeno, 2 médio, 3 grande", "1 küçük, 2 orta, 3 büyük"),
    "disagreements": (
        "Nos désaccords",
        "Where we disagree",
        "نقاط خلافنا",
        "Onde discordamos",
        "Anlaşamadıklarımız",
    ),
    "minority": (
        "L’avis de quelques-uns",
        "What a few of us think",
        "رأي الأقلية",
        "A opinião de alguns",
        "Bazılarımızın görüşü",
    ),
    "no_name": (
        "Pas de nom, pas d’adresse, pas de visage.",
        "No names, no addresses, no faces.",
        "بلا أسماء، بلا عناوين، بلا وجوه.",
        "Sem nomes, sem moradas, sem rostos.",
        "İsim yok, adres yok, yüz yok.",
    ),
    "later": (
        "Cette feuille sera recopiée : rien n’est perdu.",
        "This sheet will be typed in later: nothing is lost.",
        "ستُنقل هذه الورقة لاحقًا: لن يضيع شيء.",
        "Esta folha será copiada depois: nada se perde.",
        "Bu sayfa sonra bilgisayara geçirilecek: hiçbir şey kaybolmaz.",
    ),
}  # fmt: skip
FRENCH = {key: row[0] for key, row in _ROWS.items()}
TABLES = {
    code: {key: row[place] for key, row in _ROWS.items()} for place, code in enumerate(LANGUAGES, 1)
}


@dataclass(frozen=True)
class Tongue:
    """A second language of a sheet: its code, its name, its words, and how far it is sure."""

    code: str
    name: str
    own_name: str
    words: dict[str, str]
    credit: str


def digest(code: str) -> str:
    """Return what names a table as it is now: whoever read another one has not read this one."""
    told = json.dumps(TABLES[code], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def tongue(code: str, credit: str) -> Tongue:
    """Return a language with what is said of its translation.

    Raises:
        KeyError: it is none of LANGUAGES.
    """
    return Tongue(code, LANGUAGES[code], OWN_NAMES[code], TABLES[code], credit)
