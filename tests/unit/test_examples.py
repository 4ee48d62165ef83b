"""The examples of a rule are a contract: whatever breaks it is reported with rule and example."""

import pytest

from springback.examples import example_count, run_examples
from unit.making import rule_set

RULES = """
[guard.maybe]
why = "says what may be"
any = ["if you", "whether"]
hit = ["If you like.", "Whether or not."]
miss = ["You."]
[context.job]
any = ["role"]
hit = ["The role."]
miss = ["The roof."]
[[rule]]
id = "rej.chosen"
label = "rejection"
guards = ["maybe"]
needs = ["job"]
any = ["not chosen", "someone else"]
unless = ["yet"]
hit = ["For this role you were [[not chosen]].", "The role goes to someone else."]
miss = ["Role: tell us if you were not chosen.", "Not chosen yet for the role."]
[[rule]]
id = "rej.subject"
label = "rejection"
where = ["subject"]
any = ["bad news"]
hit = ["Subject: Bad news"]
miss = ["Subject: Good news", "Bad news in the text."]
[[rule]]
id = "own.sender"
label = "bulk"
where = ["sender"]
any = ["daily digest"]
hit = ["Daily Digest <digest@board.example>"]
miss = ["Ana Ferrer <ana@firm.example>"]
[[rule]]
id = "new.idea"
label = "rejection"
status = "experimental"
any = ["adieu"]
hit = ["Adieu!"]
miss = ["Hello!"]
[[detail]]
id = "company"
regex = ['at (?P<company>[A-Z][a-z]+)', 'team (?P<company>[A-Z][a-z]+)']
hit = ["You applied at [[company:Firm]].", "Yours, team [[company:Norden]]"]
miss = ["At noon."]
"""


def failures_of(old: str, new: str) -> list[str]:
    assert old in RULES
    return [str(failure) for failure in run_examples(rule_set(RULES.replace(old, new, 1)))]


def test_examples_that_hold_are_no_failure() -> None:
    rules = rule_set(RULES)
    assert run_examples(rules) == []
    assert example_count(rules) == 19


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("role you were [[not chosen]]", "role you were [[chosen]]",
         "a.toml: rej.chosen: must hit, but no phrase is found in it: 'For this role"),
        ("For this role you", "Whether you",
         "a.toml: rej.chosen: must hit, but rej.chosen doesn't count: says what may be ('Whether')"),
        ("For this role you", "You", "must hit, but needs the context job"),
        ("someone else.", "someone else, yet.",
         "must hit, but doesn't count in a sentence with these words ('yet')"),
        ("chosen yet for", "chosen for",
         "a.toml: rej.chosen: must miss, but hits on 'Not chosen': 'Not chosen for the role.'"),
        ("[[not chosen]]", "not [[chosen]]", "hits on 'not chosen', not on the marked words"),
        ("The role goes to someone else.", "Not chosen: role.",
         "a.toml: rej.chosen: no `hit` example uses this phrase: 'someone else'"),
        ("Subject: Bad news", "Bad news", "rej.subject: must hit, but no phrase is found in it"),
        ("Bad news in the text.", "Subject: Bad news again", "rej.subject: must miss, but hits on"),
        ("<ana@", "of the Daily Digest <ana@", "own.sender: must miss, but hits on 'Daily Digest'"),
        ("Adieu!", "Hello.", "new.idea: must hit, but no phrase is found in it"),
        ('"If you like."', '"Like you."', "a.toml: [maybe]: must hit, but no phrase is found in it"),
        ('miss = ["You."]', 'miss = ["If you."]', "[maybe]: must miss, but hits on 'if you': 'If you.'"),
        ('"Whether or not."', '"If you."', "[maybe]: no `hit` example uses this phrase: 'whether'"),
        ("The roof", "The role", "[job]: must miss, but hits on 'role'"),
        ("[[company:Firm]]", "Firm", "company: mark what must be found, as [[company:Acme]]"),
        ("at [[company:Firm]]", "at Big [[company:Firm]]", "company: must find"),
        ("At noon.", "Meet me at Noon.", "company: must miss, but finds company 'Noon'"),
        ("Yours, team [[company:Norden]]", "You work at [[company:Norden]]",
         "company: no `hit` example uses this expression: 'team (?P<company>[A-Z][a-z]+)'"),
    ],
)  # fmt: skip
def test_an_example_that_does_not_hold_is_reported(old: str, new: str, problem: str) -> None:
    assert any(problem in failure for failure in failures_of(old, new))


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            'unless = ["hello"]',
            "a.toml: new.idea: must hit, but doesn't count in a sentence with these words",
        ),
        ('guards = ["maybe"]', "a.toml: new.idea: must hit, but new.idea doesn't count: says what may be"),
        ('needs = ["job"]', "a.toml: new.idea: must hit, but needs the context job"),
        ("", "a.toml: new.idea: must miss, but hits on 'adieu': 'Hello, if you say adieu.'"),
    ],
)
def test_an_experimental_rule_is_tried_as_if_it_acted(more: str, problem: str) -> None:
    idea = RULES.replace('status = "experimental"', f'status = "experimental"\n{more}')
    spoken = "Hello, if you say adieu."
    told = [
        str(failure)
        for rules in (
            idea.replace("Adieu!", spoken),
            idea.replace('miss = ["Hello!"]', f'miss = ["{spoken}"]'),
        )
        for failure in run_examples(rule_set(rules))
    ]
    assert any(line.startswith(problem) for line in told)
    assert any("must miss" in line for line in told) is (not more)


def test_one_rule_alone_can_be_run() -> None:
    rules = rule_set(RULES.replace("Adieu!", "Hi.").replace("someone else.", "nobody."))
    assert {failure.rule for failure in run_examples(rules)} == {"new.idea", "rej.chosen"}
    assert {failure.rule for failure in run_examples(rules, only="new.idea")} == {"new.idea"}


def test_the_files_of_one_person_alone_can_be_run() -> None:
    broken = RULES.replace("Adieu!", "Hi.").replace('"If you like."', '"Like you."')
    rules = rule_set(broken, RULES.partition("[[rule]]")[0].replace("maybe", "perhaps"))
    assert run_examples(rules, within="a.toml") == run_examples(rules)
    assert run_examples(rules, within="b.toml") == []


def test_a_retired_rule_keeps_its_examples_in_peace() -> None:
    rules = rule_set(RULES.replace('"experimental"', '"retired"').replace("Adieu!", "Hi."))
    assert run_examples(rules) == []
