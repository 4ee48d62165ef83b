"""The commands below `springback rules` and `springback templates`."""

from pathlib import Path
from typing import Annotated

import typer

from springback.cli.options import ConfigOption, JsonOption

rules_app = typer.Typer(no_args_is_help=True, help="Look at the detection rules and test them.")
templates_app = typer.Typer(no_args_is_help=True, help="Look at the letters and test them.")


@rules_app.command(name="test")
def rules_test(
    config: ConfigOption = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FOLDER", help="Rules of your own to test as well."),
    ] = None,
    mutate: Annotated[
        bool,
        typer.Option("--mutate", help="Leave each phrase and condition out in turn: what goes unnoticed?"),
    ] = False,
    on: Annotated[
        list[Path] | None,
        typer.Option("--on", metavar="LABELLED", help="Labelled mail that may notice, beside the examples."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run the examples that the rules carry."""
    from springback.cli.rules import mutate_rules, test_rules

    if mutate:
        raise typer.Exit(mutate_rules(config, folder, on or [], as_json=as_json))
    raise typer.Exit(test_rules(config, folder, as_json=as_json))


@rules_app.command(name="list")
def rules_list(
    config: ConfigOption = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FOLDER", help="Rules of your own to list as well."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the rules in force."""
    from springback.cli.rules import list_rules

    list_rules(config, folder, as_json=as_json)


@rules_app.command(name="measure")
def rules_measure(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="LABELLED...", help="JSONL files, or folders with a folder for each label."),
    ],
    config: ConfigOption = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FOLDER", help="Rules of your own to measure as well."),
    ] = None,
    treat: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=MEANING", help="A label of your own: rejection, other or left-out."),
    ] = None,
    wrong: Annotated[int, typer.Option("--wrong", min=0, help="How many wrong mails to show.")] = 10,
    by_rule: Annotated[bool, typer.Option("--by-rule", help="Show what each rule contributes.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots as well.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure precision and recall on labelled mail; the exit code is 1 where a draft would be wrong."""
    from springback.cli.measure import measure_rules

    raise typer.Exit(
        measure_rules(
            paths,
            config,
            folder,
            treat=treat or [],
            wrong=wrong,
            by_rule=by_rule,
            html=html,
            as_json=as_json,
        )
    )


@templates_app.command(name="test")
def templates_test(
    config: ConfigOption = None,
    *,
    folder: Annotated[
        Path | None,
        typer.Option("--templates", metavar="FOLDER", help="Templates of your own to test as well."),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="One language only, as de.")] = None,
    letter: Annotated[str | None, typer.Option("--letter", help="One letter only, as interview.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page to look over.")] = False,
) -> None:
    """Write each letter with much known, with little and with nothing, and show them."""
    from springback.cli.templates import test_templates

    raise typer.Exit(test_templates(config, folder, language=language, letter=letter, markdown=markdown))
