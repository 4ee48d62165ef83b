"""Rule files: what they may say together, and every mistake in them told at once."""

import re
from collections.abc import Callable

import pytest

from springback.classifier import Classifier
from springback.details import captures
from springback.errors import RuleError
from springback.rule import Rule, RuleSet, SourceFile
from springback.ruleset import parse_rules
from unit.making import classify, message, rule_set

FULL = """
language = "en"
common_words = ["the", "and"]
[defaults]
where = ["text"]
guards = ["maybe"]
[guard.maybe]
why = "says what may be"
any = ["if you"]
hit = ["Tell us if you can."]
miss = ["You can."]
[context.job]
any = ["role"]
hit = ["The role."]
miss = ["The roof."]
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
family = "chosen"
needs = ["job"]
any = ["not chosen", "another candidate"]
hit = ["You were [[not chosen]].", "We have another candidate."]
miss = ["You were chosen."]
[[rule]]
id = "offer.made"
label = "offer"
vetoes = ["rejection"]
where = ["subject"]
guards = []
any = ["offer you"]
hit = ["Subject: We offer you a place"]
miss = ["An offer."]
[[detail]]
id = "company"
regex = ['at (?P<company>[A-Z]\\w+)']
hit = ["You applied at [[company:Firm]]."]
miss = ["At noon."]
[[decide]]
when = "decisive and job and not veto"
then = "rejection"
[[decide]]
when = "decisive or guarded"
then = "review"
"""


def problems_of(*texts: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        rule_set(*texts)
    assert str(caught.value).startswith("Can't load the rules:\n  ")
    return list(caught.value.problems)


def rule_named(rules: RuleSet, rule_id: str) -> Rule:
    return next(rule for rule in rules.rules if rule.id == rule_id)


def edited(old: str, new: str) -> Callable[[], str]:
    assert old in FULL
    return lambda: FULL.replace(old, new, 1)


def test_a_file_is_read_with_its_defaults() -> None:
    rules = rule_set(FULL)
    rule, veto = rules.rules
    assert (rule.id, rule.label, rule.tier, rule.family) == (
        "rej.chosen", "rejection", "decisive", "chosen",
    )  # fmt: skip
    assert (rule.language, rule.where, rule.guards, rule.file) == (
        "en", ("text",), ("maybe",), "a.toml",
    )  # fmt: skip
    assert (veto.tier, veto.family, veto.status) == ("weak", "made", "active")
    assert (veto.where, veto.guards) == (("subject",), ())
    assert [line.then for line in rules.decisions] == ["rejection", "review"]
    assert dict(rules.common_words) == {"en": {"the", "and"}}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[defaults]", "[default]", "a.toml: default: unknown key. Did you mean 'defaults'?"),
        ("needs =", "need =", "a.toml: rule 'rej.chosen'.need: unknown key. Did you mean 'needs'?"),
        ("[[decide]]\nwhen", "[[decide]]\nif", "decide[1].if: unknown key"),
        ('why = "says', 'because = "says', "guard.maybe.because: unknown key"),
        ("[[detail]]", "[[detail]]\nphrases = []", "detail 'company'.phrases: unknown key"),
        ("[defaults]", "[defaults]\ntier = 'weak'", "defaults.tier: unknown key"),
        ('"decisive"\n', '"decisiv"\n', "rule 'rej.chosen'.tier: input should be 'decisive', 'str"),
        ('label = "offer"', 'label = "offers"', "rule 'offer.made'.label: input should be 'reject"),
        ('label = "offer"', 'label = "offer"\nstatus = "on"', ".status: input should be 'active'"),
        ('label = "offer"', 'label = "offer"\nkind = "shut"', ".kind: input should be 'decision'"),
        ('label = "offer"', 'label = "offer"\nstage = "hr"', ".stage: input should be 'applicat"),
        ('vetoes = ["rejection"]', 'vetoes = ["no"]', ".vetoes[1]: input should be 'rejection'"),
        ('then = "review"', 'then = "maybe"', "decide[2].then: input should be 'rejection'"),
        ('where = ["subject"]', 'where = ["title"]', "rule 'offer.made'.where[1]: string should m"),
        ('language = "en"', 'language = "english"', "language: string should match"),
        ('id = "offer.made"', 'id = "Offer made"', "id: string should match"),
        ('family = "chosen"', 'family = "Chosen!"', "family: string should match"),
        ('any = ["role"]', 'any = [""]', "context.job.any[1]: is empty; write a text"),
        ('any = ["role"]', 'any = "role"', "context.job.any: is no list"),
        ("regex = ['at", "regexp = ['at", "detail 'company'.regex: is missing; add it"),
        ('miss = ["At noon."]', "", "detail 'company'.miss: is missing; add it"),
        ('when = "decisive or guarded"', "", "decide[2].when: is missing; add it"),
        ('id = "company"', "", "detail[1].id: is missing; add it"),
    ],
)
def test_a_key_or_value_that_a_file_may_not_hold(old: str, new: str, problem: str) -> None:
    assert any(problem in line for line in problems_of(edited(old, new)()))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('hit = ["Subject: We offer you a place"]', "", "'offer.made': no examples that must hit; add `hit"),
        ('miss = ["An offer."]', "", "rule 'offer.made': no examples that must miss; add `miss"),
        ('hit = ["Tell us if you can."]', "", "guard 'maybe': no examples that must hit"),
        ('miss = ["The roof."]', "", "context 'job': no examples that must miss"),
        ('hit = ["You applied at [[company:Firm]]."]', "hit = []", "'company': no examples that must hit"),
        ('miss = ["At noon."]', "miss = []", "detail 'company': no examples that must miss"),
        ('any = ["offer you"]', "", "rule 'offer.made': no phrases; give `any` or `regex`"),
        ('any = ["role"]', "", "context 'job': no phrases; give `any` or `regex`"),
        ('any = ["if you"]', "", "guard 'maybe': no phrases; give `any` or `regex`"),
        ('id = "offer.made"', "", "rule[2]: no `id`; name it"),
        ('id = "offer.made"', 'id = "rej.chosen"', "rule 'rej.chosen': the id is taken in a.toml"),
        ('id = "offer.made"', 'id = "x"\nextends = "rej.chosen"', "rule 'x': has `id` and `extends`"),
        ('label = "offer"', "", "rule 'offer.made': no `label`"),
        ('label = "offer"', 'label = "stage"', "a rule of label 'stage' needs `stage`"),
        ('label = "offer"', 'label = "offer"\nremove = ["x"]', "`remove` goes with `extends`"),
        ('"offer you"', '"offer you", "OFFER you!"', "'OFFER you!' says the same as 'offer you'"),
        ('"offer you"', '"offer (you"', "rule 'offer.made': 'offer (you': '(' is never closed"),
        ('label = "offer"', 'label = "offer"\nunless = ["("]', "rule 'offer.made': unless: '('"),
        ('any = ["if you"]', "regex = ['(?!x)']", "guard 'maybe': '(?!x)': RE2 refuses it"),
        ("['at (?P<company>", "['at (", "detail 'company': 'at ([A-Z]\\\\w+)': name what it finds: ("),
        ("['at (?P<company>", "['at (?P<firm>", "name what it finds: (?P<company>...), (?P<role>"),
        ("['at (?P<company>", "['at (?=x)(?P<company>", "detail 'company': 'at (?=x)"),
        ('guards = ["maybe"]', 'guards = ["maybes"]', "no guard 'maybes'. Did you mean 'maybe'?"),
        ('needs = ["job"]', 'needs = ["jobs"]', "no context 'jobs'. Did you mean 'job'?"),
        ('"decisive or guarded"', '"decisive or guarde"', "no 'guarde'. Did you mean 'guarded'?"),
        ('"decisive or guarded"', '"decisive or"', "decide[2]: 'decisive or' ends too early"),
        ("[[detail]]", '[[rule]]\nextends = "rej.chose"\n[[detail]]', "no rule 'rej.chose'. Did you mean"),
        ('language = "en"', 'off = ["offer.mad"]', "off: no rule 'offer.mad'. Did you mean 'offer.made'?"),
        ("[defaults]", "[defaults", "not valid TOML"),
        ('language = "en"', 'language = "en"\nlanguage = "de"', "not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_rules(old: str, new: str, problem: str) -> None:
    (line,) = [line for line in problems_of(edited(old, new)()) if problem in line]
    assert line.startswith(("a.toml: ", "decision table: "))


@pytest.mark.parametrize("schema", ["", "schema = 2\n", 'schema = "1"\n'])
def test_a_file_of_another_schema_is_refused(schema: str) -> None:
    with pytest.raises(RuleError, match=r"a\.toml: schema: "):
        parse_rules([SourceFile("a.toml", schema + FULL)])


def test_every_problem_of_every_file_is_told_at_once() -> None:
    lines = problems_of(
        FULL.replace('tier = "decisive"', 'tier = "sure"').replace("vetoes", "vetos"),
        "[broken",
        '[[rule]]\nid = "x"\nlabel = "offer"\nany = ["the", "a)"]',
    )
    assert [line.partition(":")[0] for line in lines] == [
        "a.toml", "a.toml", "b.toml", "c.toml", "c.toml", "c.toml", "c.toml",
    ]  # fmt: skip


def test_names_are_not_called_missing_where_their_file_could_not_be_read() -> None:
    """One broken file must not bury its one problem under a dozen that follow from it."""
    own = '[[rule]]\nid="x"\nlabel="offer"\nneeds=["job"]\nany=["we pay"]\nhit=["We pay."]\nmiss=["Pay"]'
    assert len(problems_of("[broken", own)) == 1


def test_a_rule_is_extended_with_phrases_and_examples() -> None:
    own = """
    [[rule]]
    extends = "rej.chosen"
    any = ["went with Kim"]
    regex = ["pass(?:ed)? on you"]
    hit = ["We went with Kim.", "We passed on you."]
    miss = ["We went."]
    unless = ["for now"]
    """
    rule = rule_named(rule_set(FULL, own), "rej.chosen")
    assert [pattern.source for pattern in rule.patterns] == [
        "not chosen", "another candidate", "went with Kim", "pass(?:ed)? on you",
    ]  # fmt: skip
    assert [pattern.source for pattern in rule.unless] == ["for now"]
    assert len(rule.hit) == 4
    assert len(rule.miss) == 2
    assert (rule.tier, rule.family, rule.file) == ("decisive", "chosen", "b.toml")


def test_a_rule_is_extended_by_taking_phrases_and_examples_away() -> None:
    own = '[[rule]]\nextends = "rej.chosen"\nremove = ["another candidate", "We have another candidate."]'
    rule = rule_named(rule_set(FULL, own), "rej.chosen")
    assert [pattern.source for pattern in rule.patterns] == ["not chosen"]
    assert rule.hit == ("You were [[not chosen]].",)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('tier = "weak"', "weak"),
        ('family = "other"', "other"),
        ('status = "retired"', "retired"),
        ('kind = "closed"', "closed"),
        ('stage = "final"', "final"),
        ('where = ["subject", "opening"]', ("subject", "opening")),
        ("needs = []", ()),
        ("guards = []", ()),
        ('vetoes = ["offer"]', ("offer",)),
        ('label = "hold"', "hold"),
    ],
)
def test_a_rule_is_extended_by_replacing_what_it_says(line: str, value: object) -> None:
    rule = rule_named(rule_set(FULL, f'[[rule]]\nextends = "rej.chosen"\n{line}'), "rej.chosen")
    assert getattr(rule, line.partition(" ")[0]) == value
    assert len(rule.patterns) == 2


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ('remove = ["not chose"]', "remove: 'not chose' isn't there. Did you mean 'not chosen'?"),
        ('any = ["went with"]', "new phrases need examples; add `hit = [...]`"),
        ('any = ["a ("]\nhit = ["x"]', "'a (': "),
    ],
)
def test_a_mistake_in_an_extension_names_its_own_file(own: str, problem: str) -> None:
    lines = problems_of(FULL, f'[[rule]]\nextends = "rej.chosen"\n{own}')
    assert any(
        line.startswith("b.toml: rule 'rej.chosen' (extended): ") and problem in line for line in lines
    )


def test_a_rule_is_switched_off_by_a_later_file() -> None:
    rules = rule_set(FULL, 'off = ["offer.made"]')
    assert [rule.id for rule in rules.rules] == ["rej.chosen"]
    assert classify(FULL, "Not chosen for the role.", subject="We offer you a place").name == "review"


def test_a_decision_table_of_ones_own_replaces_the_earlier_one_as_a_whole() -> None:
    rules = rule_set(FULL, '[[decide]]\nwhen = "decisive"\nthen = "review"')
    assert [(line.when, line.then) for line in rules.decisions] == [("decisive", "review")]
    assert len(rule_set(FULL, "").decisions) == 2


def test_guards_contexts_and_common_words_add_up_over_the_files() -> None:
    own = """
    language = "en"
    common_words = ["of"]
    [guard.maybe]
    any = ["perhaps"]
    hit = ["Perhaps."]
    miss = ["Surely."]
    """
    rules = rule_set(FULL, own)
    assert [(guard.name, guard.file) for guard in rules.guards] == [
        ("maybe", "a.toml"), ("maybe", "b.toml"),
    ]  # fmt: skip
    assert dict(rules.common_words) == {"en": {"the", "and", "of"}}


def test_the_digest_names_the_state_of_the_files() -> None:
    assert rule_set(FULL).digest == rule_set(FULL).digest
    assert rule_set(FULL).digest != rule_set(FULL + "# a remark").digest
    assert re.fullmatch("[0-9a-f]{12}", rule_set(FULL).digest)


WORDS = """
language = "en"
[words]
others = ["somebody", "another candidate"]
[fragments]
cap = "[A-Z][a-z]+"
firm = "{cap}(?: {cap})*"
[guard.maybe]
any = ["if {others}"]
hit = ["If somebody asks."]
miss = ["Somebody asks."]
[[rule]]
id = "rej.others"
label = "rejection"
tier = "decisive"
guards = ["maybe"]
any = ["chose {others}"]
unless = ["told {others}"]
hit = ["We chose somebody."]
miss = ["We chose."]
[[detail]]
id = "company"
regex = ['at (?P<company>{firm})']
hit = ["You applied at [[company:Big Firm]]."]
miss = ["At noon."]
[[decide]]
when = "decisive"
then = "rejection"
"""
KIM = '[words]\nothers = ["Kim"]\n'


def classified(text: str, *files: str) -> str:
    return Classifier(rule_set(*files)).classify(message(text, subject="")).name


def test_a_word_of_ones_own_is_found_by_the_phrases_of_other_files() -> None:
    own = f'language = "en"\n{KIM}'
    assert classified("We chose Kim.", WORDS) == "other"
    assert classified("We chose Kim.", WORDS, own) == "rejection"
    assert classified("We chose somebody.", WORDS, own) == "rejection"
    assert classified("Ask if Kim and we chose Kim.", WORDS, own) == "other"
    assert classified("We told Kim that we chose Kim.", WORDS, own) == "other"


def test_a_word_of_another_language_is_not() -> None:
    german = '[guard.maybe]\nany = ["falls {others}"]\nhit = ["Falls Kim"]\nmiss = ["Kim"]'
    assert classified("We chose Kim.", WORDS, f'language = "de"\n{KIM}{german}') == "other"


def test_a_list_without_language_is_for_all() -> None:
    places = '[words]\nplaces = ["on a job board"]'
    using = WORDS.replace('"chose {others}"', '"chose {others}", "found {places}"').replace(
        '"We chose somebody."', '"We chose somebody.", "Found on a job board."'
    )
    assert classified("You were found on a job board.", using, places) == "rejection"
    assert classified("You were found on a job board.", places, using) == "rejection"


def test_an_extension_uses_the_lists_of_the_rule_it_extends() -> None:
    own = '[[rule]]\nextends = "rej.others"\nany = ["went with {others}"]\nhit = ["We went with somebody."]'
    assert classified("We went with another candidate.", WORDS, own) == "rejection"


def test_a_detail_uses_fragments() -> None:
    (detail,) = rule_set(WORDS).details
    (pattern,) = detail.regexes
    assert pattern.source == "at (?P<company>{firm})"
    assert [capture.value for capture in captures(detail, ["You applied at Big Firm now."])] == ["Big Firm"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("chose {others}", "chose {other}",
         "a.toml: rule 'rej.others': 'chose {other}': no list or fragment 'other'. Did you mean 'others'?"),
        ("told {others}", "told {other}", "a.toml: rule 'rej.others': unless: 'told {other}': no list"),
        ("if {others}", "if {other}", "a.toml: guard 'maybe': 'if {other}': no list or fragment 'other'."),
        ("chose {others}", "chose{others}", "a.toml: rule 'rej.others': 'chose{others}': can't read '{oth"),
        ("<company>{firm}", "<company>{frim}",
         "a.toml: detail 'company': 'at (?P<company>{frim})': no list or fragment 'frim'. Did you mean 'fi"),
        ('"{cap}(', '"{cab}(', "a.toml: fragments: '{cab}(?: {cap})*': no list or fragment 'cab'. Did you"),
        ("[words]", '[words]\nidle = ["x"]', "a.toml: 'idle': no phrase uses it; write {idle} in one"),
        ("[fragments]", '[fragments]\nidle = "x"', "a.toml: 'idle': no phrase uses it; write {idle} in one"),
        ('"another candidate"', '"(another"', "a.toml: words 'others': '(another': '(' is never closed"),
        ('["somebody", "another candidate"]', "[]", "a.toml: words.others: is empty; give at least one"),
        ('["somebody", "another candidate"]', '"x"', "a.toml: words.others: is no list"),
        ("others = [", "Others = [", "a.toml: words.Others: string should match"),
        ('"[A-Z][a-z]+"', '""', "a.toml: fragments.cap: is empty; write a text"),
    ],
)  # fmt: skip
def test_a_mistake_in_words_and_fragments(old: str, new: str, problem: str) -> None:
    assert old in WORDS
    assert any(line.startswith(problem) for line in problems_of(WORDS.replace(old, new, 1)))


def test_a_word_that_stands_in_another_file_already_is_told() -> None:
    (problem,) = problems_of(WORDS, 'language = "en"\n[words]\nothers = ["Kim", "somebody"]')
    assert problem == "b.toml: words 'others': 'somebody' stands there already"


def test_two_phrases_that_say_the_same_by_a_list_are_told() -> None:
    (problem,) = problems_of(WORDS.replace('"chose {others}"', '"chose {others}", "CHOSE {others}"'))
    assert problem.endswith("'CHOSE {others}' says the same as 'chose {others}'")
