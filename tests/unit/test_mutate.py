"""What can be taken out of a rule set without anybody noticing: all that nothing pins, and only that."""

import pytest

from springback.tuning.labelled import Labelled
from springback.tuning.mutate import Mutant, mutate
from unit.making import labelled, rule_set

RULES = """
[guard.maybe]
why = "says what may be"
any = ["if you", "whether"]
hit = ["If you like.", "Whether or not."]
miss = ["You."]
[context.job]
any = ["role", "position"]
hit = ["The role.", "The position."]
miss = ["The roof."]
[[rule]]
id = "rej.chosen"
label = "rejection"
tier = "decisive"
guards = ["maybe"]
needs = ["job"]
any = ["not chosen", "someone else"]
unless = ["yet"]
hit = ["For this role you were [[not chosen]].", "The role goes to someone else."]
miss = ["Role: tell us if you were not chosen.", "Not chosen yet for the role.", "You were not chosen."]
[[rule]]
id = "rej.filled"
label = "rejection"
tier = "decisive"
any = ["has been filled"]
hit = ["It has been filled."]
miss = ["It is full."]
[[rule]]
id = "rej.regret"
label = "rejection"
any = ["we regret"]
hit = ["We regret."]
miss = ["Regret."]
[[rule]]
id = "rej.luck"
label = "rejection"
any = ["best of luck"]
hit = ["Best of luck."]
miss = ["Luck."]
[[rule]]
id = "offer.made"
label = "offer"
vetoes = ["rejection"]
any = ["offer you"]
hit = ["We offer you."]
miss = ["Offer."]
[[decide]]
when = "decisive and veto"
then = "review"
[[decide]]
when = "decisive and job"
then = "rejection"
[[decide]]
when = "weak>=2 or guarded"
then = "review"
"""
MAILS = {
    "plain": labelled("Role: not chosen.", "rejection"),
    "job": labelled("The role.", "ham"),
    "bucket": labelled("The bucket has been filled.", "ham"),
    "vetoed": labelled("Role: not chosen. We offer you another.", "ambiguous", verdict="review"),
    "offer": labelled("We offer you a chair.", "ham", verdict="other"),
    "guarded": labelled("Tell us if you were not chosen.", "ham", verdict="review"),
    "weak": labelled("We regret. Best of luck.", "ambiguous", verdict="review"),
}
Left = tuple[str, str, str]  # kind, owner, what was left out
TABLE = "decision table"


def survivors(rules: str = RULES, *, without: str = "", **mails: Labelled) -> set[Left]:
    kept = [mail for name, mail in {**MAILS, **mails}.items() if name not in without.split()]
    return told(mutate(rule_set(rules), kept).survivors)


def told(mutants: tuple[Mutant, ...]) -> set[Left]:
    assert len(set(mutants)) == len(mutants)
    return {(mutant.kind, mutant.owner, mutant.left_out) for mutant in mutants}


def edited(old: str, new: str = "") -> str:
    assert old in RULES
    return RULES.replace(old, new, 1)


def test_all_that_is_pinned_is_noticed() -> None:
    steps: list[int] = []
    result = mutate(rule_set(RULES), list(MAILS.values()), lambda: steps.append(1))
    assert result.survivors == ()
    # The phrases of rules, of the guard and of the context; needs, vetoes, guards; and in the table
    # three lines with two operands each.
    assert result.tried == len(steps) == 7 + 2 + 2 + 1 + 1 + 1 + 9


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (', "The role goes to someone else."', "", ("phrase", "rej.chosen", "someone else")),
        ("goes to someone else.", "goes to us, not chosen.", ("phrase", "rej.chosen", "someone else")),
        ('"It has been filled."', '"It is filled."', ("phrase", "rej.filled", "has been filled")),
        (', "Not chosen yet for the role."', "", ("unless", "rej.chosen", "yet")),
        ("Not chosen yet for", "Not yet for", ("unless", "rej.chosen", "yet")),
        (', "You were not chosen."', "", ("needs", "rej.chosen", "job")),
        (', "Whether or not."', "", ("guard", "maybe", "whether")),
        ("Whether or not.", "Whether, if you like.", ("guard", "maybe", "whether")),
        (', "The position."', "", ("context", "job", "position")),
        (
            'hit = ["We regret."]',
            'hit = ["We regret."]\nunless = ["deeply"]',
            ("unless", "rej.regret", "deeply"),
        ),
    ],
)
def test_what_no_example_pins_survives(old: str, new: str, left: Left) -> None:
    assert survivors(edited(old, new)) == {left}


@pytest.mark.parametrize(
    ("mail", "left"),
    [
        ("plain", {("condition", TABLE, "decisive and job -> rejection"),
                   ("condition", TABLE, "veto in 'decisive and veto'")}),
        ("job", {("condition", TABLE, "decisive in 'decisive and job'")}),
        ("bucket", {("condition", TABLE, "job in 'decisive and job'")}),
        ("vetoed", {("condition", TABLE, "decisive and veto -> review"),
                    ("vetoes", "offer.made", "rejection")}),
        ("offer", {("condition", TABLE, "decisive in 'decisive and veto'")}),
        ("guarded", {("condition", TABLE, "guarded in 'weak>=2 or guarded'")}),
        ("weak", {("condition", TABLE, "weak>=2 in 'weak>=2 or guarded'")}),
        ("weak guarded", {("condition", TABLE, "weak>=2 or guarded -> review"),
                          ("condition", TABLE, "weak>=2 in 'weak>=2 or guarded'"),
                          ("condition", TABLE, "guarded in 'weak>=2 or guarded'")}),
    ],
)  # fmt: skip
def test_what_no_mail_pins_survives(mail: str, left: set[Left]) -> None:
    assert survivors(without=mail) == left


def test_a_guard_that_nothing_heeds_survives_in_its_file() -> None:
    unheeded = edited('"Role: tell us if you were not chosen.", ')
    assert survivors(unheeded) == set()  # the mail pins it
    assert survivors(unheeded, without="guarded") == {
        ("guards", "maybe", "maybe in all rules of a.toml"),
        ("condition", TABLE, "guarded in 'weak>=2 or guarded'"),
    }


def test_the_guards_of_one_file_are_left_out_without_those_of_another() -> None:
    own = """
    [[rule]]
    id = "own.bye"
    label = "rejection"
    tier = "decisive"
    guards = ["maybe"]
    any = ["so long"]
    hit = ["So long."]
    miss = ["If you go, so long."]
    """
    both = labelled("Tell us if you were not chosen, so long.", "ham", verdict="review")
    mails = [mail for name, mail in MAILS.items() if name != "guarded"]
    rules = rule_set(edited('"Role: tell us if you were not chosen.", '), own)
    assert told(mutate(rules, [*mails, both]).survivors) == {
        ("guards", "maybe", "maybe in all rules of a.toml")
    }


@pytest.mark.parametrize(("label", "pins"), [("ham", True), ("ambiguous", False)])
def test_a_mail_that_is_left_out_pins_nothing(label: str, pins: bool) -> None:  # noqa: FBT001
    left = survivors(
        edited(', "Not chosen yet for the role."'), more=labelled("Role: not chosen yet.", label)
    )
    assert left == (set() if pins else {("unless", "rej.chosen", "yet")})


def test_a_phrase_that_only_a_mail_pins_is_noticed() -> None:
    rules = edited('"For this role you were [[not chosen]].", ')
    pinned = survivors(rules)
    assert pinned == set()
    assert ("phrase", "rej.chosen", "not chosen") in survivors(rules, without="plain vetoed guarded")


def test_without_mail_the_table_and_the_vetoes_survive() -> None:
    left = told(mutate(rule_set(RULES), []).survivors)
    assert {kind for kind, _, _ in left} == {"condition", "vetoes"}
    assert len(left) == 9 + 1


def test_an_example_that_fails_proves_nothing() -> None:
    """Its phrase would be left out unnoticed: it doesn't hold with the phrase either."""
    rules = edited("The role goes to someone else.", "It goes to someone else.")
    assert survivors(rules) == {("phrase", "rej.chosen", "someone else")}


@pytest.mark.parametrize(
    ("mail", "pins"),
    [
        (labelled("Role: someone else.", "rejection"), True),
        (labelled("Role: someone else.", "ambiguous", verdict="rejection"), True),
        (labelled("Role: someone else.", "ambiguous"), False),
        (labelled("Someone else.", "ham"), False),
        (labelled("Role: someone else. Role: not chosen.", "rejection"), False),
    ],
)
def test_a_mail_pins_what_its_verdict_depends_on(mail: Labelled, pins: bool) -> None:  # noqa: FBT001
    left = survivors(edited(', "The role goes to someone else."'), more=mail)
    assert left == (set() if pins else {("phrase", "rej.chosen", "someone else")})


def test_a_retired_rule_is_ignored() -> None:
    old = 'id = "rej.regret"\nlabel = "rejection"\n'
    everything = mutate(rule_set(RULES), [])
    retired = mutate(rule_set(edited(old, f'{old}status = "retired"\n')), [])
    assert retired.tried == everything.tried - 1
    assert retired.survivors == everything.survivors
    gone = mutate(
        rule_set(edited(old, f'{old}status = "retired"\nneeds = ["job"]\nvetoes = ["offer"]\n')), []
    )
    assert gone == retired


def test_a_phrase_of_an_experimental_rule_is_pinned_by_its_example() -> None:
    old = 'id = "rej.luck"\nlabel = "rejection"\n'
    rules = edited(old, f'{old}status = "experimental"\n').replace(
        'any = ["best of luck"]', 'any = ["best of luck", "farewell"]'
    )
    assert survivors(rules, without="weak") >= {("phrase", "rej.luck", "farewell")}
    assert ("phrase", "rej.luck", "best of luck") not in survivors(rules, without="weak")


def test_the_miss_example_of_an_experimental_rule_pins_its_unless() -> None:
    old = 'id = "rej.luck"\nlabel = "rejection"\n'
    rules = edited(old, f'{old}status = "experimental"\n').replace(
        'any = ["best of luck"]', 'any = ["best of luck"]\nunless = ["hard"]'
    )
    unless = ("unless", "rej.luck", "hard")
    assert unless in survivors(rules, without="weak")
    assert unless not in survivors(
        rules.replace('miss = ["Luck."]', 'miss = ["Hard: best of luck."]'), without="weak"
    )


@pytest.mark.parametrize("status", ["retired", "experimental"])
def test_a_guard_that_only_idle_rules_heed_is_none_to_leave_out(status: str) -> None:
    own = f"""
    [[rule]]
    id = "own.bye"
    label = "rejection"
    status = "{status}"
    guards = ["maybe"]
    any = ["so long"]
    hit = ["So long."]
    miss = ["If you go, so long."]
    """
    assert told(mutate(rule_set(RULES, own), list(MAILS.values())).survivors) == set()


def test_a_guard_in_several_files_survives_in_its_own() -> None:
    more = '[guard.maybe]\nany = ["perhaps", "maybe"]\nhit = ["Perhaps."]\nmiss = ["Surely."]\n'
    german = 'language = "de"\n[guard.maybe]\nany = ["ob", "falls"]\nhit = ["Ob."]\nmiss = ["Ja."]\n'
    survived = mutate(rule_set(RULES, more, german), list(MAILS.values())).survivors
    assert survived == (
        Mutant("guard", "maybe", "maybe", "b.toml"), Mutant("guard", "maybe", "falls", "c.toml"),
    )  # fmt: skip


def test_a_mail_that_fails_as_it_is_proves_nothing_of_the_table() -> None:
    failing = labelled("Hello.", "rejection")
    without = "plain job bucket vetoed offer guarded weak"
    assert survivors(without=without, more=failing) == survivors(without=without)


def test_a_survivor_names_its_file() -> None:
    own = '[[rule]]\nid = "own.bye"\nlabel = "rejection"\nany = ["bye now", "so long"]\n'
    examples = 'hit = ["Bye now."]\nmiss = ["Bye."]'
    result = mutate(rule_set(RULES, own + examples), list(MAILS.values()))
    assert result.survivors == (Mutant("phrase", "own.bye", "so long", "b.toml"),)


@pytest.mark.parametrize(
    ("condition", "operands"),
    [
        ("decisive", []),
        ("decisive and not veto", ["decisive", "not veto"]),
        ("decisive or strong or guarded", ["decisive", "strong", "guarded"]),
        ("decisive and (job or strong>=2)", ["decisive", "(job or strong>=2)", "job", "strong>=2"]),
        ("decisive and not (veto or job)", ["decisive", "not (veto or job)", "veto", "job"]),
        ("strong and (weak or job and veto)",
         ["strong", "(weak or (job and veto))", "weak", "(job and veto)", "job", "veto"]),
    ],
)  # fmt: skip
def test_each_operand_of_a_condition_is_left_out_in_turn(condition: str, operands: list[str]) -> None:
    before, _, _ = RULES.partition("[[decide]]")
    rules = rule_set(f'{before}[[decide]]\nwhen = "{condition}"\nthen = "review"\n')
    left = [mutant.left_out for mutant in mutate(rules, []).survivors if mutant.kind == "condition"]
    assert left == [
        f"{condition} -> review", *(f"{operand} in {condition!r}" for operand in operands)
    ]  # fmt: skip
