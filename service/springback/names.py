"""The name of a person in a display name or an address, or nothing: teams, platforms and firms have none."""

import re
import unicodedata
from collections.abc import Sequence

from springback.normal import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAX_DISPLAY = 200  # characters that are looked at
_MAX_NAME = 50
_MAX_PARTS = 3  # of an address, particles aside
_SHORT = 2  # letters: initials as well as a name
_TAG = re.compile(r"^\s*[\[(][^\])]*[\])]\s*(?=\S)")  # "[External] Jane Doe"
_ASIDE = re.compile(
    r"\s*(?:[(\[|/·•:]|\s[-–—@]|[-–—]\s|\b(?:she|he|they)/|\b(?:via|at|from|bei|chez)\b).*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bvon\b(?!\s+(?:dem|den|der|und|zu)\b).*$", re.IGNORECASE)  # "Jana von Acme"
_TITLE = re.compile(
    r"^(?:(?:(?:mr|mrs|ms|miss|mx|dr|prof|dipl|herr|frau|mme|mlle|sra|srta|dott\.ssa|dott|sig\.ra|mevr|dhr|"
    r"drs)(?:\.-?\s*|\s+))|(?:ing|mag|m|sr|sig|lic|ir|avv|mw|rev|med|rer|nat|phil|jur|oec|pol|theol|vet|dent|"
    r"habil|techn|h\.\s?c|univ)\.-?\s*)+",
    re.IGNORECASE,
)
# Degrees behind a name, without their full stops and hyphens.
_DEGREES = _words(
    "phd dphil mphil mba emba dba msc bsc ma ba mres meng beng llm llb md jd edd cpa cfa ca acca pmp rn "
    "mag fh shrmcp shrmscp phr sphr gphr cipd acipd mcipd fcipd assoc esq jr sr ii iii iv dr prof "
    "dipling ing"
)
_PARTICLES = _words(
    "af al av bin da das de degli dei del della den der di do dos du el la las le los ten ter van vom "
    "von zu zum zur"
)
# Family names that stand in front of the given one.
_FAMILY_FIRST = _words("nguyen tran pham huynh hoang phan vu vo dang bui duong ngo")
_NAME = re.compile(r"['’]?[^\W\d_][\w'’-]*\.?(?:\s+['’]?[^\W\d_][\w'’.-]*){0,4}")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_ADDRESS = re.compile(r"\S@\S")
_LOCAL_PARTS = re.compile(r"[._+-]")
_GAPS = re.compile(r"[\s.,-]+")
_VOWELS = frozenset("aeiouy")
_NO_PERSON = re.compile(
    r"\b(?:team|talent|acquisition|recruit\w*|recruiting|hiring|careers?|jobs?|hr|human|resources|people|"
    r"support|info|contact|office|no|noreply|reply|notifications?|mail\w*|admin|system|service|group|inc|"
    r"ltd|llc|gmbh|ag|bv|corp|company|applications?|candidates?|staffing|bewerb\w*|karriere|personal\w*|"
    r"gasthof|gasthaus|tischlerei|lektorat|\w*gemeinde|hogeschool|personeels\w*|werken|bakkerij|verzekeringen|"
    r"staff|services|energ(?:y|ie|ia|ía)|health|hotels|society|union|cent(?:er|re)|admissions?|microsoft|robotics|"
    r"ressources|humaines|direction|direcci[oó]n|direzione|clinique|fondation|secrétariat|département|"
    r"fundaci[oó]n|fundação|grupo|programa|municipalidad|panadería|padaria|panificio|livraria|portale|"
    r"coordenação|coordinamento|associação|associazione|asociación|capital|"
    r"recrutement|rh|rrhh|empleo|vacatures?|selezione|department|workday|greenhouse|lever|ashby|linkedin|"
    r"indeed|the|trust|hospital|university|college|school|bank|council|foundation|agency|studios?|labs?|"
    r"solutions|partners|holdings|consulting|institute|clinic|systems|technologies|software|limited|plc|"
    r"campus|charity|ministry|authority|association|"
    r"ausbildung|geschäftsstelle|lavora|\w*abteilung|\w*verwaltung|\w*referat|sekretariat|\w*büro|\w*bank|\w*sparkasse|\w*klinik\w*|"
    r"\w*krankenhaus|stadt|landkreis|gemeinde|\w*amt|\w*universität|\w*hochschule|\w*schule|kita|\w*verlag|kanzlei|"
    r"praxis|\w*zentrum|verein|stiftung|\w*werke?|\w*bäckerei|hotel|restaurant|theater|museum|"
    r"service|équipe|mairie|société|cabinet|université|école|musée|banque|hôpital|agence|groupe|"
    r"equipo|departamento|ayuntamiento|universidad|empresa|banco|selección|talento|colegio|clínica|"
    r"gemeente|stichting|afdeling|ziekenhuis|secretariaat|werving|selectie|redactie|sollicitaties?|"
    r"ufficio|risorse|umane|azienda|banca|comune|studio|scuola|segreteria|università|ospedale|candidature|"
    r"equipa|equipe|recursos|humanos|prefeitura|câmara|escola|universidade|secretaria|recrutamento|seleção|vagas|"
    r"teatro|theatre|théâtre|museo|museu|editorial|editora|éditions|edizioni|biblio\w*)\b",
    re.IGNORECASE,
)

# What stands in addresses that several people read, beside what is in `_NO_PERSON`.
_SHARED = _words(
    "abteilung accounting accounts admision admission admissions alert alerts apac applicant apply asia "
    "ask auto automated bakery berlin billing booking bot boulangerie bounce bounces brand business "
    "calendar capital care chief client clients communications community compliance connect contacto "
    "contatto corporate crew culture customer customers dach daemon data datenschutz delivery desk "
    "deutschland dev development digital direct dpo early einkauf emea empfang emploi employee employer "
    "employment engineering eu europe event events experience fa feedback finance france front "
    "frontdesk gdpr general germany global graduate graduates guest head hello help helpdesk hey hi "
    "hire home house inbound interested intern international interns internship internships interview "
    "interviews invoice it italia join kontakt lavoro leadership learning legal london madrid main "
    "management manager managing marketing master media member new news newsletter not of offer offers "
    "officer onboarding online operations opportunities ops order orders paris partner planning portal "
    "postmaster praktikum press privacy product program programme project projects protection public "
    "questions reception recursos relations research reservations response rh robot root safety sales "
    "schedule scheduling security sender shop social spain staff stage stages start startup stellen "
    "store student students studies success survey tech trabajo trainee trainees training uk update "
    "updates us usa user vendor vertrieb verwaltung volunteer volunteering volunteers wales web "
    "webmaster welcome with work workflow working workplace world you your zentrale"
)
_COMPOUND = re.compile("recruit|hiring|career|talent|karriere|bewerb|noreply|jobs")  # "hiringdesk"


def person_name(display: str) -> str | None:
    """Return the person's name in a display name, "DOE, Jane (Acme)" as "Jane Doe", or None.

    A surname alone, such as of "Mr Doe", is none.
    """
    shown = unicodedata.normalize("NFC", display[:_MAX_DISPLAY])
    if _ADDRESS.search(shown):
        return None  # a name with an address in it is a forged one
    titled = _ASIDE.sub("", _TAG.sub("", shown)).strip(" \"'")
    bare = _TITLE.sub("", titled)
    has_title = bare != titled
    if not has_title:  # "Dr. Jana von Berg" is no "Jana von Acme"
        bare = _FROM.sub("", bare)
    parts = [part.strip() for part in bare.split(",")]
    while len(parts) > 1 and all(_is_degree(word) for word in parts[-1].split()):
        parts.pop()
    surname, *given = parts
    words = [*(_TITLE.sub("", given[0]).split() if given else ()), *surname.split()]
    while len(words) > 2 and _is_degree(words[-1]):  # noqa: PLR2004 - of two words the second is the surname
        words.pop()
    name = " ".join(words)
    if len(given) > 1 or len(name) > _MAX_NAME or not _NAME.fullmatch(name) or _NO_PERSON.search(name):
        return None
    if (has_title and len(words) == 1) or _is_acronym(words[0]):
        return None
    return _in_order(words)


def person_in_address(address: str) -> str | None:
    """Return the name that an address spells out, "jane.doe@acme.example" as "Jane Doe", or None.

    A name is two or three words of two letters at least; letters are as they stand, "Juergen Gross".
    """
    local, _, domain = address[:_MAX_DISPLAY].lower().rpartition("@")
    words = re.split(r"[._]", local.partition("+")[0])
    pieces = [piece for word in words for piece in word.split("-")]
    if len(local) > _MAX_NAME or not all(piece.isalpha() and len(piece) >= _SHORT for piece in pieces):
        return None
    names = [word for word in words if word not in _PARTICLES]
    if not _SHORT <= len(names) <= _MAX_PARTS or names[0] != words[0] or names[-1] != words[-1]:
        return None
    if (
        _SHARED.intersection(pieces)
        or _COMPOUND.search(local)
        or _NO_PERSON.search(" ".join(pieces))
        or words[0] in domain.split(".")[:-1]
    ):
        return None
    if len(words[0]) == _SHORT and not set(fold(words[0])) & _VOWELS:
        return None  # "jp.doe"
    return _in_order(words)


def first_name(name: str | None, address: str = "") -> str | None:
    """Return the given name to greet somebody by, or None where it is only an initial or may be a firm's.

    One word counts where the address is that person's: "Jana" of jana@acme.example.
    """
    words = (name or "").split()
    if not words:
        return None
    local, _, domain = address[:_MAX_DISPLAY].lower().rpartition("@")
    given = words[0]
    if len(words) > 1 and fold(given) in _FAMILY_FIRST and fold(words[-1]) not in _FAMILY_FIRST:
        given = words[-1]
    if len(given.rstrip(".")) < _SHORT or (len(given) == _SHORT and given.isupper()):
        return None
    spellings = _spellings(given)
    if spellings & set(fold(domain).split(".")[:-1]):
        return None  # the firm's
    owned = spellings & {fold(local), fold(_LOCAL_PARTS.split(local)[0])}
    if len(words) == 1 and (not owned or _NO_PERSON.search(given) or _SHARED & spellings):
        return None
    return given


def same_person(one: str, other: str) -> bool:
    """Return whether two names may be the same person's, in any order, one without middle names.

    An initial stands for a name, and a given name alone for whoever bears it first.
    """
    shorter, longer = sorted((_name_words(one), _name_words(other)), key=len)
    if not shorter:
        return False
    if len(shorter) == 1:
        return not _is_initial(shorter[0]) and _same_word(shorter[0], longer[0])
    left = list(longer)
    unmatched: list[str] = []
    alike = False
    for word in shorter:
        match = next((mine for mine in left if _same_word(word, mine)), None)
        if match is None:
            unmatched.append(word)
            continue
        left.remove(match)
        alike = alike or not _is_initial(word)
    for word in unmatched:
        match = next(
            (mine for mine in left if word[0] == mine[0] and (_is_initial(word) or _is_initial(mine))), None
        )
        if match is None:
            return False
        left.remove(match)
    return alike


def _is_degree(word: str) -> bool:
    """Return whether a word is a degree; "Ma" is a surname, "MA" and "M.A." are none."""
    plain = word.replace(".", "").replace("-", "").lower()
    return plain in _DEGREES and (not word.isalpha() or not word.istitle() or plain in {"jr", "sr", "esq"})


def _is_acronym(word: str) -> bool:
    """Return whether a word is a firm's, such as "KGV"; "JP" may be initials."""
    return len(word) > _SHORT and word.isupper() and word.isascii() and not set(fold(word)) & _VOWELS


def _in_order(words: Sequence[str]) -> str:
    """Return the name with the given name first, and in capitals only where a word begins."""
    loud = [len(word) > 1 and word.isupper() for word in words]
    if not all(loud):
        ahead = loud.index(False)
        if any(len(word) > _SHORT for word in words[:ahead]):  # "DOE Jane", but "JP Doe"
            words = [*words[ahead:], *words[:ahead]]
    name = " ".join(words)
    plain = name.isupper() or name.islower()
    last = len(words) - 1
    return " ".join(
        _cased(word, within=0 < number < last)
        if plain or (word.isupper() and (len(word) > _SHORT or word.lower() in _PARTICLES))
        else word
        for number, word in enumerate(words)
    )


def _cased(word: str, *, within: bool) -> str:
    return word.lower() if within and word.lower() in _PARTICLES else word.title()


def _name_words(name: str) -> list[str]:
    shown = unicodedata.normalize("NFC", _TITLE.sub("", name[:_MAX_DISPLAY].strip())).lower()
    words = (word.replace("'", "").replace("’", "") for word in _GAPS.split(shown))
    return [word for word in words if fold(word)]


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.upper() != word  # a Chinese letter is a name


def _same_word(one: str, other: str) -> bool:
    return bool(_spellings(one) & _spellings(other))


def _spellings(word: str) -> set[str]:
    return {fold(word), fold(word.lower().translate(_UMLAUTS))}
