"""What kind of mail an earlier one is: to many, from a machine, passed on, or about an interview."""

import re

from springback.message import Message
from springback.normal import normalise

_FORWARDED = re.compile(r"^(?:(?:re|aw|sv|antw|r)\s*:\s*)*(?:fwd?|wg|tr|rv|doorst|i|enc)\s*:", re.IGNORECASE)
_CALENDAR_REPLY = re.compile(
    r"^(?:accepted|declined|tentative(?:ly accepted)?|angenommen|zugesagt|abgelehnt|accepté|refusé|"
    r"aceptad[oa]|rechazad[oa]|geaccepteerd|geweigerd|accettato|rifiutato|aceite|recusado)\s*:",
    re.IGNORECASE,
)
# Exchange sends absence notices as "auto-generated", which invitations are too.
_AUTO_REPLY = re.compile(
    r"^(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|automatische antwort|abwesenheit\w*|"
    r"r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|fuera de (?:la )?oficina|"
    r"automatisch antwoord|afwezigheid\w*|risposta automatica|fuori (?:sede|ufficio)|resposta autom[áa]tica|"
    r"fora do escrit[óo]rio)\b",
    re.IGNORECASE,
)
_MAX_LETTER = 8_000  # characters
# How the words of applying and hiring begin, and those that stand alone, in normal form.
_APPLYING = (
    *("applic", "applied", "apply", "bewerb", "candida", "postul", "sollicit", "recruit", "rekrut", "recrut"),
    *("hiring", "vacan", "vacature", "stellenan", "lebenslauf", "curricul", "interview", "vorstellungsg"),
    *("embauch", "selezion", "seleccion", "karriere", "career", "kennenlern", "kennismak", "entretien"),
    *("entrevista", "colloqui", "screening"),
)
_WORK = frozenset(
    {"job", "jobs", "role", "position", "stelle", "poste", "puesto", "functie", "posizione", "vaga", "cv"}
)
_MAX_ABSENCE = 5_000  # characters
# That somebody works there no more, in normal form.
_LEFT = re.compile(
    r"\b(?:no longer (?:with|working (?:at|for|with)|employed|part of)\b|"
    r"(?:have|has|i've) left (?:the )?(?:company|firm|organi[sz]ation|business)\b|"
    r"nicht (?:mehr|langer) (?:fur|tatig|beschaftigt|teil)\b|"
    r"nicht (?:mehr|langer) (?:im unternehmen|in (?:der|diesem|unserem) (?:firma|unternehmen|haus))|"
    r"ausgeschieden|"
    r"ne (?:fais|fait) plus partie|ne travaille plus|(?:ai|a) quitte (?:l'entreprise|la societe|la maison)|"
    r"ya no (?:trabaj|form|pertene)|niet (?:meer|langer) (?:werkzaam|in dienst)|non (?:lavor|facci)\w* piu|"
    r"(?:ja )?nao (?:trabalh|fac)\w* mais|ja nao (?:trabalh|fac))"
)
# How the words for an interview begin, in normal form: "next steps" alone are no conversation.
_INTERVIEW_WORDS = (
    "interview", "screening", "video", "telefon", "phone", "call", "onsite", "meet", "vorstellungsg",
    "kennenlern", "gesprach", "gespraech", "erstgesprach", "zweitgesprach", "entretien", "entrevista",
    "colloqui", "gesprek", "sollicitatiegesprek", "kennismak", "llamada", "rencontr",
    "chiamata", "videocolloquio",
)  # fmt: skip


def speaks_of_work(text: str) -> bool:
    """Return whether a mail speaks of applying or hiring: what is written to a customer doesn't."""
    words = normalise(text[:_MAX_LETTER]).split()
    return any(word in _WORK or word.startswith(_APPLYING) for word in words)


def is_bulk(message: Message) -> bool:
    """Return whether a mail went to many, or was written by a machine in somebody's name."""
    headers = message.headers
    return (
        bool(headers.count("list-id") or headers.count("list-post"))
        or headers.raw("precedence").strip().lower() in ("auto_reply", "bulk", "list", "junk")
        or headers.raw("auto-submitted").strip().lower().startswith(("auto-replied", "auto-notified"))
        or bool(_AUTO_REPLY.match(message.subject))
    )


def is_absence(message: Message) -> bool:
    """Return whether a machine answers for somebody who is away."""
    automatic = message.headers.raw("auto-submitted").strip().lower().startswith("auto-replied")
    return automatic or bool(_AUTO_REPLY.match(message.subject))


def has_left(text: str) -> bool:
    """Return whether somebody's absence is for good."""
    return bool(_LEFT.search(normalise(text[:_MAX_ABSENCE])))


def is_forwarded(message: Message) -> bool:
    """Return whether a mail passes on somebody else's words."""
    return forwards(message.subject)


def forwards(subject: str) -> bool:
    """Return whether a subject is that of a mail that is passed on."""
    return bool(_FORWARDED.match(subject))


def answers_calendar(message: Message) -> bool:
    """Return whether a mail only tells, by its subject, that somebody comes, or doesn't."""
    return bool(_CALENDAR_REPLY.match(message.subject))


def names_interview(text: str) -> bool:
    """Return whether a text holds a word for a conversation about a job."""
    return any(word.startswith(_INTERVIEW_WORDS) for word in normalise(text).split())
