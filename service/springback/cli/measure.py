"""`springback rules measure`: precision and recall on labelled mail."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from springback.classifier import Classifier
from springback.cli.common import (
    configuration_if_any,
    console,
    count_of,
    evidence_lines,
    print_json,
    progress,
    safe,
)
from springback.errors import InputError
from springback.library import measure_page, rule_files
from springback.ruleset import parse_rules
from springback.tuning.labelled import read_labelled, treatments
from springback.tuning.measure import Judged, Measurement, RuleScore, Score, Share, measure
from springback.tuning.page import page
from springback.tuning.report import as_json as figures

_WIDTH = 20  # columns of a plot
_SENTENCES = 8  # of a rejection that was missed


def measure_rules(
    paths: list[Path],
    config: Path | None,
    folder: Path | None,
    *,
    treat: list[str],
    wrong: int,
    by_rule: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Print the figures; return 1 where a mail that is no rejection would get a draft."""
    settings = configuration_if_any(config)
    own = folder or (settings.paths.rules if settings else None)
    mails = read_labelled(paths, treatments(treat))
    classifier = Classifier(parse_rules(rule_files(own)))
    with progress("measuring", len(mails)) as step:
        result = measure(mails, classifier, step)
    if html:
        try:
            html.write_text(page(result, measure_page()), "utf-8")
        except OSError as error:
            raise InputError(f"Can't write {html}: {error.strerror}. Name another file") from None
    if as_json:
        print_json(figures(result))
    else:
        _show(console(), result, wrong, by_rule=by_rule)
    return 1 if result.total.precision.part < result.total.precision.whole else 0


def _show(out: Console, result: Measurement, wrong: int, *, by_rule: bool) -> None:
    left_out = sum(one.right is None for one in result.judged)
    told = f", {left_out} left out" if left_out else ""
    out.print(f"{count_of(len(result.judged), 'labelled mail')}{told}; rules {result.digest}\n")
    tables = [_scores("language", [*result.languages, result.total]), _labels(result.labels)]
    if len(result.sources) > 1:
        tables.append(_scores("set", result.sources))
    if result.details:
        tables.append(_details(result))
    if by_rule:
        tables.append(_rules(result.rules))
    for table in tables:
        out.print(table)
        out.print()
    if not by_rule:
        speaking = sum(rule.right + rule.wrong > 0 for rule in result.rules)
        speak = "speaks" if speaking == 1 else "speak"
        out.print(f"{speaking} of {len(result.rules)} rules {speak}; --by-rule shows what each contributes\n")
    listed = list(result.wrong)
    for one in listed[:wrong]:
        _show_wrong(out, one)
    if len(listed) > wrong:
        are = "is" if len(listed) - wrong == 1 else "are"
        out.print(f"{len(listed) - wrong} more {are} wrong; --wrong {len(listed)} shows them", style="dim")


def _scores(what: str, scores: list[Score] | tuple[Score, ...]) -> Table:
    table = _table(what, "mails>", "drafts>", "right>", "precision", "95 %", "found>", "recall", "95 % ")
    for score in scores:
        precision, recall = score.precision, score.recall
        style = "bold" if score.name == "all" else ""
        table.add_row(
            _short(score.name),
            str(sum(score.verdicts.values())),
            str(precision.whole),
            Text(str(precision.part), style="" if precision.part == precision.whole else "bold red"),
            plot(precision),
            _told(precision),
            f"{recall.part}/{recall.whole}" if recall.whole else "",
            plot(recall) if recall.whole else "",
            _told(recall),
            style=style,
        )
    return table


def plot(share: Share) -> str:
    """Return a share as a mark on a line from 0 to 1, its interval drawn through."""
    if share.value is None:
        return "·" * (_WIDTH + 1)
    low, high = (round(_WIDTH * end) for end in share.interval)
    line = ["─" if low <= column <= high else "·" for column in range(_WIDTH + 1)]
    line[round(_WIDTH * share.value)] = "●"
    return "".join(line)


def _told(share: Share) -> str:
    if share.value is None:
        return ""
    low, high = share.interval
    return f"{100 * share.value:3.0f} % ({100 * low:.0f}-{100 * high:.0f})"


def _labels(scores: tuple[Score, ...]) -> Table:
    table = _table("label", "mails>", "rejection>", "review>", "other>")
    for score in scores:
        counts = [score.verdicts.get(name, 0) for name in ("rejection", "review", "other")]
        if sum(counts):
            drafts = Text(str(counts[0] or "·"), style="" if score.name == "rejection" else "bold red")
            rest = [str(count or "·") for count in counts[1:]]
            table.add_row(score.name, str(sum(counts)), drafts, *rest)
    return table


def _details(result: Measurement) -> Table:
    table = _table("detail", "right>", "wrong>", "not found>", "rightly none>")
    for one in result.details:
        wrong = Text(str(one.wrong), style="bold red" if one.wrong else "")
        table.add_row(one.detail, str(one.right), wrong, str(one.missing), str(one.rightly_none))
    return table


def _rules(rules: tuple[RuleScore, ...]) -> Table:
    table = _table("rule", "tier", "right>", "wrong>", "95 %", "decisive>", "wrongly>", "speaks with")
    speaking = [rule for rule in rules if rule.right + rule.wrong and rule.label == "rejection"]
    for rule in sorted(speaking, key=lambda rule: (-rule.decisive, -rule.right, rule.rule)):
        table.add_row(
            rule.rule,
            rule.tier,
            str(rule.right),
            Text(str(rule.wrong), style="red" if rule.wrong and rule.tier == "decisive" else ""),
            _told(rule.precision),
            str(rule.decisive),
            Text(str(rule.decisive_wrong), style="bold red" if rule.decisive_wrong else ""),
            f"{rule.overlap} {100 * rule.overlap_share:.0f} %" if rule.overlap else "",
        )
    return table


def _show_wrong(out: Console, one: Judged) -> None:
    head = Text(f"{one.mail.label} -> {one.verdict.name}", style="bold red")
    head.append(f"  {safe(one.mail.name)}", style="bold")
    out.print(head)
    for line in evidence_lines(one.verdict):
        out.print(line)
    if one.verdict.name != "rejection":
        for sentence in one.own_sentences[:_SENTENCES]:
            out.print(Text(f"  | {safe(sentence)}"))
    out.print()


def _table(*names: str) -> Table:
    """Return a table with a column for each name; `>` behind a name sets it right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        table.add_column(name.rstrip(">"), justify="right" if name.endswith(">") else "left", no_wrap=True)
    return table


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"...{name[-37:]}"  # noqa: PLR2004 - fits beside the figures
