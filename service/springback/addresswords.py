"""The words by which each language addresses a reader: Sie and du, vous and tu."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_END = r"-- ?$|__|--{4}|(?:best|kind|warm) regards|datenschutz|impressum|privacy"


@dataclass(frozen=True, slots=True)
class Forms:
    """How a language addresses a reader; words are lower-case."""

    formal: frozenset[str]
    informal: frozenset[str]
    salutation: re.Pattern[str]  # a formal one
    closing: re.Pattern[str]
    capital: frozenset[str] = frozenset()  # formal with a capital within a sentence
    before_lower: frozenset[str] = frozenset()  # as `capital`, where a small letter follows
    pairs: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()  # weakly formal: a word and the next
    formal_weak: re.Pattern[str] | None = None  # a whole word, as written
    informal_weak: re.Pattern[str] | None = None
    casual: frozenset[str] = frozenset()  # informal only where nothing formal is said
    not_after: Mapping[str, frozenset[str]] = field(default_factory=dict)


def _closing(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"{pattern}|{_END}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DE = Forms(
    formal=frozenset(),
    capital=_words("sie ihnen ihr ihre ihrem ihren ihrer ihres"),
    informal=_words(
        "du dich dir dein deine deinem deinen deiner deines euch euer eure eurem euren eurer eures"
    ),
    pairs=(
        (
            _words("ihre ihren ihrer ihr"),
            _words(
                "bewerbung bewerbungsunterlagen unterlagen anfrage nachricht mail interesse profil mappe "
                "qualifikation qualifikationen zeit erfahrung daten lebenslauf mühe vertrauen"
            ),
        ),
    ),
    salutation=re.compile(
        r"sehr (?:geehrte|verehrte)|(?:liebe[rs]?|hallo|hi|moin|servus|werte[rs]?|grüezi|guten? \w{3,6})"
        r",? (?:frau|herrn?)\b"
    ),
    closing=_closing(
        r"mit (?:\w+ )?(?:freundlich|best|herzlich|lieb)\w* gr|"
        r"(?:freundliche|viele|liebe|beste|herzliche|schöne) gr[üu]e?(?:ß|ss)|gru(?:ß|ss)\b|"
        r"hochachtungsvoll|mfg\b|lg\b|vg\b|(?:dein|ihr|euer)e?\b.{0,50}team$"
    ),
)
_FR = Forms(
    formal=_words("vous votre vos vôtre vôtres veuillez"),
    informal=_words("tu te t' toi ton ta tes tien tienne"),
    not_after={
        "vous": _words("rendez"),
        "ton": _words("le un du ce notre au de"),
        "t'": _words("a va"),  # "y a-t'il"
    },
    salutation=re.compile(
        r"(?:(?:chère|cher|bonjour|bonsoir),? )?(?:madame|monsieur|mme|mesdames|messieurs)\b"
    ),
    closing=_closing(r"(?:(?:bien|très) )?cordialement|sincère|bien à (?:vous|toi)|salutations|à bientôt"),
)
_ES = Forms(
    formal=_words("usted ud vd"),
    informal=_words(
        "tú tu tus te ti contigo tuyo tuya vos os vuestro vuestra vuestros vuestras "
        "has eres puedes quieres tienes sigues podés querés tenés sos seguís"
    ),
    pairs=(
        (
            _words("su sus"),
            _words(
                "candidatura solicitud interés postulación perfil currículum curriculum currículo cv tiempo "
                "participación trayectoria experiencia carrera búsqueda confianza hoja disposición formación "
                "inscripción mensaje correo proceso disponibilidad dedicación esfuerzo comprensión "
                "entrevista respuesta"
            ),
        ),
        (
            _words("le les"),
            _words(
                "agradecemos agradezco informamos informo comunicamos comunico deseamos deseo "
                "escribimos escribo enviamos envío invitamos animamos rogamos confirmamos notificamos "
                "hacemos recordamos mantendremos llamaremos avisaremos contactaremos haremos comparto damos "
                "doy pedimos"
            ),
        ),
        (_words("la lo"), _words("invitamos animamos invito animo llamaremos contactaremos")),
    ),
    formal_weak=re.compile(
        r"(?:informar|comunicar|notificar|agradecer|desear|escribir|invitar|contactar|avisar|ofrecer|dar|decir|"
        r"enviar|hacer|transmitir|trasladar|llamar)(?:le|les)|ustedes|Uds|Vds",
        re.IGNORECASE,
    ),
    informal_weak=re.compile(
        r"(?!contraste|desgaste)[^\W\d_]{4,16}aste|hiciste|tuviste|viniste|compartiste|diste|pudiste|"
        r"(?:informar|comunicar|agradecer|desear|escribir|invitar|contactar|avisar|ofrecer|dar|decir|enviar|"
        r"hacer|llamar|tener|contar|conocer)te"
    ),
    salutation=re.compile(
        r"(?:(?:estimad|apreciad|distinguid|querid)(?:[oa]|o/a|a/o|o\(a\)|[x@]) |"
        r"(?:hola|buen[oa]s \w{4,6}),? )(?:sra?|srta|señora?|señorita|don|doña|dra?)\b|"
        r"(?:sra?|srta|señora?)\b|muy sr|muy señor|distinguid"
    ),
    closing=_closing(
        r"(?:un (?:cordial |fuerte |afectuoso )?)?saludos?\b|(?:muy )?atentamente|atte\b|"
        r"cordialmente|(?:un )?abrazos?\b"
    ),
)
_IT = Forms(
    formal=frozenset(),
    capital=_words("lei suo sua suoi sue"),
    before_lower=_words("la le vi vostra vostro"),
    informal=_words("tu te ti tuo tua tuoi tue hai puoi vuoi stai eri"),
    pairs=(
        (
            _words("suo sua suoi sue"),
            _words(
                "candidatura cv curriculum interesse profilo tempo disponibilità percorso esperienza domanda "
                "competenze colloquio interessamento partecipazione ricerca futuro carriera"
            ),
        ),
        (
            _words("la le"),
            _words(
                "ringraziamo ringrazio informiamo informo comunichiamo comunico auguriamo auguro invitiamo "
                "invito preghiamo prego scriviamo scrivo contatteremo ricontatteremo facciamo faremo "
                "confermiamo confermo segnaliamo ricordiamo terremo aggiorneremo chiediamo chiedo "
                "rispondiamo rispondo dico restituiamo inviamo invio suggeriamo consigliamo salutiamo saluto"
            ),
        ),
    ),
    formal_weak=re.compile(
        r"[a-zà-ù]{3,24}L[ae]|(?:informar|comunicar|ringraziar|augurar|contattar|invitar|aggiornar|scriver|"
        r"conoscer|incontrar)l[ae]",
    ),
    informal_weak=re.compile(
        r"(?:informar|comunicar|ringraziar|scriver|dir|far|dar|augurar|contattar|ricontattar|conoscer|invitar|"
        r"aggiornar|incontrar|tener|veder|chieder|sentir|candidar|risponder|inviar|mandar|offrir|aver|avvisar)ti"
    ),
    salutation=re.compile(
        r"(?:gentile|gent\.\w{2}|caro|cara|buongiorno|buonasera|salve|egregi[oa])?,? ?"
        r"(?:dott|sig\b|signora?\b|ing\b|avv\b|prof|dr\b|sig\.)|egregi[oa]\b|spett"
    ),
    closing=_closing(
        r"(?:cordiali|distinti|cari) saluti|un (?:caro |cordiale )?saluto|cordialmente|a presto"
    ),
)
_NL = Forms(
    formal=_words("u uw uwe uwer uzelf"),
    informal=_words("je jij jou jouw jouwe jezelf jullie ge gij"),
    salutation=re.compile(
        r"geachte|hooggeachte|(?:beste|dag|goede\w+) (?:mevrouw|meneer|heer|mevr|mw|dhr)\b"
    ),
    closing=_closing(r"(?:met )?(?:\w+ )?groet(?:en|jes)?\b|hoogachtend|mvg\b"),
)
_PT = Forms(
    formal=_words("lhe lhes vossa vosso exa exª você"),
    informal=_words("tu teu teus tua tuas tens estás podes queres foste"),
    casual=_words("te ti contigo"),  # said beside "você" in Brazil
    pairs=(
        (_words("para por a de"), _words("si")),
        (_words("avançar contar contactar falar trabalhar continuar"), _words("consigo")),
        (_words("v"), _words("exa ex exª")),
    ),
    formal_weak=re.compile(
        "(?:contactá|contatá|informá|convidá|conhecê|avisá|entrevistá|"  # "-lo"
        "seus?|suas?|vocês|sra?|senhora?)",
        re.IGNORECASE,
    ),
    informal_weak=re.compile(
        r"(?!contraste|desgaste)[^\W\d_]{4,16}aste|fizeste|tiveste|concorreste|vieste|recebeste|respondeste"
    ),
    salutation=re.compile(
        r"(?:prezad|car|estimad)(?:[oa]|o\(a\)) (?:senhora?|sra?|dra?|doutora?)\b|exm[oaª]|ilm[oa]|senhora?\b"
    ),
    closing=_closing(
        r"atenciosamente|att\b|cordialmente|(?:com os )?(?:melhores |meus )?cumprimentos|"
        r"(?:um )?(?:grande )?abraços?\b"
    ),
)
FORMS = MappingProxyType({"de": _DE, "fr": _FR, "es": _ES, "it": _IT, "nl": _NL, "pt": _PT})
