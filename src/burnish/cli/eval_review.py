"""`burnish eval review`: two people look at answers, blind to which model gave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from burnish.cli.options import json_option, key_option, plan_option, say, table
from burnish.core.errors import InputError

if TYPE_CHECKING:
    from burnish.api.evalreview import Progress, Reviewed, SignedReview
    from burnish.methods.evaluation.review.blind import Agreement, Together
    from burnish.methods.evaluation.review.kappa import Kappa

FILE = click.Path(path_type=Path, dir_okay=False)
DEEDS = ("status", "draw", "answers", "sign", "export_gold")


@click.command("review")
@click.option("--status", is_flag=True, help="Tell how the review stands, and what was found.")
@click.option("--draw", type=FILE, default=None, help="Write the cases to a file of JSON lines.")
@click.option("--answers", type=FILE, default=None,
              help="Take verdicts from such a file; sign once all cases have one.")  # fmt: skip
@click.option("--sign", is_flag=True, help="Sign the verdicts given so far, if they are all.")
@click.option("--export-gold", type=FILE, default=None,
              help="Write what both agree on as a gold file for judges.")  # fmt: skip
@click.option("--gate", default="", help="With --export-gold: answers of this gate alone.")
@key_option
@plan_option
@json_option
def command(plan: Path, **asked: Any) -> None:
    """Look at answers blind to which model gave them, and sign what you find."""
    chosen = [name for name in DEEDS if asked[name]]
    if len(chosen) > 1:
        first, second = (name.replace("_", "-") for name in chosen[:2])
        raise click.UsageError(f"--{first} and --{second} are two things: ask for one")
    DOES[chosen[0] if chosen else "look"](plan, asked)


Asked = Mapping[str, Any]


def _look(plan: Path, asked: Asked) -> None:
    from rich.console import Console

    from burnish.api.evalreview import sit_down
    from burnish.cli.answer_reviewer import Session

    if asked["as_json"]:
        raise InputError(
            "a person looks, and does not answer in JSON",
            remedy="burnish eval review --draw FILE, then --answers FILE --json",
        )
    sitting = sit_down(plan, key=asked["key"])
    end = Session(sitting, Console(highlight=False)).run()
    click.echo(f"\n{_told_progress(sitting.progress())}")
    if sitting.signed:
        click.echo("you have signed: burnish eval review --status tells how the review stands")
    elif end == "quit":
        click.echo("kept: burnish eval review goes on here")
    elif click.confirm(f"sign these verdicts as {sitting.person.name}?"):
        click.echo(_told_signed(sitting.sign()))


def _status(plan: Path, asked: Asked) -> None:
    from burnish.api.evalreview import status

    found = status(plan)
    say(asked["as_json"], found, text_of(found))


def _draw(plan: Path, asked: Asked) -> None:
    from burnish.api.evalreview import sit_down
    from burnish.api.evalreview_files import write_cases

    count = write_cases(sit_down(plan, key=asked["key"]), asked["draw"])
    answer = {"file": asked["draw"], "cases": count}
    say(asked["as_json"], answer, f"{count} cases in {asked['draw']}; fill in worse and harmful\n"
        f"then: burnish eval review --answers {asked['draw']}")  # fmt: skip


def _answers(plan: Path, asked: Asked) -> None:
    from burnish.api.evalreview import sit_down
    from burnish.api.evalreview_files import take_answers

    sitting = sit_down(plan, key=asked["key"])
    progress = take_answers(sitting, asked["answers"])
    if progress.next:
        say(asked["as_json"], progress, _told_progress(progress))
    else:
        _say_signed(sitting.sign(), asked)


def _sign(plan: Path, asked: Asked) -> None:
    from burnish.api.evalreview import sit_down

    _say_signed(sit_down(plan, key=asked["key"]).sign(), asked)


def _export_gold(plan: Path, asked: Asked) -> None:
    from burnish.api.evalreview_gold import export_gold

    out = asked["export_gold"]
    count = export_gold(plan, out, asked["gate"])
    say(asked["as_json"], {"file": out, "items": count},
        f"{count} items in {out}; a judge takes them as its `gold`")  # fmt: skip


DOES: Mapping[str, Callable[[Path, Asked], None]] = {
    "look": _look,
    "status": _status,
    "draw": _draw,
    "answers": _answers,
    "sign": _sign,
    "export_gold": _export_gold,
}


def text_of(found: Reviewed) -> str:
    """How a review stands, and what two people say together."""
    why = ", ".join(f"{reason} {count}" for reason, count in found.reasons.items())
    signed = [one.name for one in found.reviewers if one.signed]
    lines = [
        f"scores {found.scores[:12]}: {found.cases} cases ({why or 'no reason to look'})",
        f"signed by {' and '.join(signed) or 'nobody yet'}",
        *found.refused,
    ]
    if found.agreement is None:
        return "\n".join([*lines, "which answer is whose is told once two people have signed"])
    return "\n".join([*lines, *_agreed(found.agreement)])


def _agreed(found: Agreement) -> list[str]:
    head: tuple[object, ...] = (
        "gate", "cases", "tuned worse", "base worse", "same", "disputed", "unclear",
        "tuned harmful", "base harmful",
    )  # fmt: skip
    rows = [_row(gate, one) for gate, one in found.by_gate]
    return [
        table([head, *rows, _row("all", found.whole)]),
        f"agreement on which is worse: {_kappa(found.worse)}",
        f"agreement on what is harmful: {_kappa(found.harmful)}",
    ]


def _row(name: str, one: Together) -> tuple[object, ...]:
    counts = (one.cases, one.tuned_worse, one.base_worse, one.same, one.disputed, one.unclear)
    return (name, *counts, one.harmful["tuned"], one.harmful["base"])


def _kappa(found: Kappa) -> str:
    if found.value is None or found.lower is None or found.upper is None:
        return f"{found.observed:.1%}; kappa does not exist, for there is only one label"
    return (
        f"Cohen's kappa {found.value:.2f} ({found.lower:.2f} to {found.upper:.2f}), "
        f"{found.observed:.1%} of {found.n} the same"
    )


def _say_signed(signed: SignedReview, asked: Asked) -> None:
    say(asked["as_json"], signed, _told_signed(signed))


def _told_signed(signed: SignedReview) -> str:
    return f"signed; ledger entry {signed.entry[:12]}\n{text_of(signed.reviewed)}"


def _told_progress(progress: Progress) -> str:
    return f"{progress.judged} of {progress.cases} cases judged"
