"""`burnish review`: what a decision rests on, and the sample that people look at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from burnish.api import reviewing, sample_files, sampled_cases, sampling
from burnish.cli.options import json_option, key_option, plan_option, say, table
from burnish.cli.preview import VISIBLE
from burnish.core.errors import InputError
from burnish.methods.sampling.standing import Bar, StratumSeen, Weighed, told
from burnish.methods.sampling.strata import MEANINGS

FILE = click.Path(path_type=Path, dir_okay=False)
DEEDS = ("release", "look", "draw", "verdicts", "sign", "cases", "check")


@click.command("review")
@click.option("--samples", type=click.IntRange(min=0), default=5, show_default=True,
              help="Documents of the sample to show on the page.")  # fmt: skip
@click.option("--release", is_flag=True,
              help="Show what a decision on the release rests on, and who has signed.")  # fmt: skip
@click.option("--look", is_flag=True,
              help="Look at the sample, a document at a time; go on where you were.")  # fmt: skip
@click.option("--count", type=click.IntRange(min=1), default=None,
              help="Documents of the sample; else as many as privacy.sample, or 30.")  # fmt: skip
@click.option("--draw", type=FILE, default=None, help="Write the sample to a file of JSON lines.")
@click.option("--verdicts", type=FILE, default=None,
              help="Take verdicts from such a file, and sign them.")  # fmt: skip
@click.option("--sign", is_flag=True, help="Sign the verdicts given so far.")
@click.option("--cases", type=FILE, default=None,
              help="Write every mistake that people found, as cases for a detector.")  # fmt: skip
@click.option("--check", is_flag=True,
              help="Hold the plan's detector against all cases; code 3 if one fails.")  # fmt: skip
@click.option("--in-the-clear", "clear", is_flag=True,
              help="With the text before masking; the ledger says who looked.")  # fmt: skip
@key_option
@plan_option
@json_option
@click.pass_context
def command(context: click.Context, /, plan: Path, **asked: Any) -> None:
    """Show what a decision of people rests on, and look at a sample of the documents."""
    chosen = [name for name in DEEDS if asked[name]]
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} are two things: ask for one")
    if not chosen:
        _page(plan, asked)
    elif code := DOES[chosen[0]](plan, asked):
        context.exit(code)


Asked = Mapping[str, Any]


def _page(plan: Path, asked: Asked) -> None:
    review = reviewing.review(plan, samples=asked["samples"])
    say(asked["as_json"], review, text_of(review))
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not asked["as_json"]
    if asks and click.confirm("\nlook at documents of the sample now?"):
        _look(plan, asked)


def _look(plan: Path, asked: Asked) -> None:
    from rich.console import Console

    from burnish.cli.reviewer import Session

    if asked["as_json"]:
        raise InputError(
            "a person looks, and does not answer in JSON",
            remedy="burnish review --draw FILE, then --verdicts FILE --json",
        )
    _line_editing()
    sitting = sampling.sit_down(plan, key=asked["key"], size=asked["count"])
    end = Session(sitting, Console(highlight=False), clear=asked["clear"]).run()
    progress = sitting.progress()
    click.echo(f"\n{_told_progress(progress)}")
    if end == "quit":
        click.echo("kept: burnish review --look goes on here, --sign signs what there is")
    elif click.confirm(f"sign these verdicts as {sitting.person.name}?"):
        click.echo(_told_signed(sitting.sign()))


def _line_editing() -> None:
    """Arrow keys and history where the terminal's library is there; plain lines elsewhere."""
    try:
        import readline
    except ImportError:
        return
    readline.set_auto_history(False)  # what was typed is personal data


def _draw(plan: Path, asked: Asked) -> None:
    wanted = sample_files.Wanted(asked["count"], asked["clear"], asked["key"])
    count = sample_files.write_sample(plan, asked["draw"], wanted)
    answer = {"file": asked["draw"], "documents": count}
    say(asked["as_json"], answer, f"{count} documents in {asked['draw']}; fill in verdict, missed, "
        f"over\nthen: burnish review --verdicts {asked['draw']}")  # fmt: skip


def _verdicts(plan: Path, asked: Asked) -> None:
    sitting = sampling.sit_down(plan, key=asked["key"], size=asked["count"])
    sample_files.take_verdicts(sitting, asked["verdicts"])
    signed = sitting.sign()
    say(asked["as_json"], signed, _told_signed(signed))


def _sign(plan: Path, asked: Asked) -> None:
    signed = sampling.sit_down(plan, key=asked["key"], size=asked["count"]).sign()
    say(asked["as_json"], signed, _told_signed(signed))


def _release(plan: Path, asked: Asked) -> None:
    from burnish.api import releasing
    from burnish.cli.release_page import text_of_release

    review = releasing.review_release(plan)
    say(asked["as_json"], review, text_of_release(review))


def _cases(plan: Path, asked: Asked) -> None:
    count = sampled_cases.write_cases(plan, asked["cases"], clear=asked["clear"], key=asked["key"])
    say(asked["as_json"], {"file": asked["cases"], "cases": count},
        f"{count} cases in {asked['cases']}")  # fmt: skip


def _check(plan: Path, asked: Asked) -> int:
    checked = sampled_cases.check_cases(plan)
    head: tuple[object, ...] = ("case", "kind", "category", "document", "where")
    rows = [
        (one.case[:12], one.kind, one.category, one.document, f"{one.field} {one.index}")
        for one in checked.failing
    ]
    lines = [
        f"detector {checked.detector}: {len(checked.failing)} of {checked.cases} cases fail",
        *([table([head, *rows])] if rows else []),
        *([f"{checked.erased} documents with cases were erased"] if checked.erased else []),
        *([f"{checked.unplaced} cases have no known place"] if checked.unplaced else []),
    ]
    say(asked["as_json"], checked, "\n".join(lines))
    return 3 if checked.failing else 0


DOES: Mapping[str, Callable[[Path, Asked], int | None]] = {
    "release": _release,
    "look": _look,
    "draw": _draw,
    "verdicts": _verdicts,
    "sign": _sign,
    "cases": _cases,
    "check": _check,
}


def text_of(review: reviewing.Review) -> str:
    """A review as a page: rights and agreements, canary test, residual scan, masked samples."""
    head: tuple[object, ...] = ("category", "planted", "found", "recall", "at least (95 %)")
    canary = [
        (c["category"], c["planted"], c["found"], f"{c['recall']:.3f}", f"{c['lower']:.3f}")
        for c in review.canary.get("categories", [])
    ]
    lines = [
        f"dataset {review.dataset}, {review.rows:,} rows",
        f"prepared by {', '.join(review.prepared_by)}",
        f"purpose {review.purpose}; impact assessment {review.impact_assessment}",
        "",
        *(_source(source) for source in review.sources),
        *(f"FAULT {fault}" for fault in review.faults),
        "",
        "canary test: generated identifiers that the detector found",
        table([head, *canary]),
        "",
        _residual(review.residual, review.max_residual_rate),
        "",
        *_sampled(review.people, review.bar),
        "",
        *_three_numbers(review),
        *(f"LACKING {lack}" for lack in review.lacking),
    ]
    for document in review.samples:
        masks = sum(len(part.masks) for part in document.parts)
        lines += ["", f"{document.id} ({masks} masked; {document.meaning})"]
        lines += [part.text.translate(VISIBLE) for part in document.parts]
    lines += ["", "then: burnish review --look, and burnish approve --key YOUR-KEY, "
              "or burnish reject --remediation ..."]  # fmt: skip
    return "\n".join(lines)


def _sampled(people: Weighed | None, bar: Bar) -> list[str]:
    """What people found, by stratum."""
    wanted = f"; the plan asks for {bar.documents}" if bar.documents else ""
    if people is None or not people.standing.judged:
        refused = people.refused if people else ()
        return [f"reviewer's sample: nobody has looked at a document yet{wanted}", *refused]
    standing = people.standing
    head: tuple[object, ...] = ("documents", "in all", "looked at", "skipped", "missed", "over")
    return [
        f"reviewer's sample: {standing.judged} documents looked at by "
        f"{', '.join(standing.reviewers)}{wanted}",
        table([head, *(_stratum(one) for one in (*standing.strata, standing.quarantined))]),
        f"over-masked documents {told(standing.over)}; "
        f"missed texts in a thousand words {_number(standing.words_missed)}",
        *people.refused,
    ]


def _stratum(one: StratumSeen) -> tuple[object, ...]:
    return MEANINGS[one.name], one.rows, one.judged, one.skipped, one.missed, one.over


def _three_numbers(review: reviewing.Review) -> list[str]:
    """Three measures of one thing; none of them stands for the others."""
    residual, canary, people = review.residual, review.canary_miss, review.people
    rate = residual.get("rate")
    most = "" if review.bar.max_miss_rate is None else f"; at most {review.bar.max_miss_rate:.2%}"
    looked = people is not None and people.standing.judged
    return [
        "what is left, by three measures:",
        f"  residual   {'not measured' if rate is None else f'{rate:.4%}'} of documents, "
        "by a second detector: a lower bound",
        f"  canaries   {'not measured' if canary is None else told(canary)} of planted "
        "identifiers missed",
        f"  sample     {told(people.standing.missed) if people and looked else 'not measured'} "
        f"of documents with a miss, as people found (95 % interval{most})",
    ]


def _told_progress(progress: sampling.Progress) -> str:
    aside = f", {progress.set_aside_judged} of {progress.set_aside} set aside"
    return (
        f"{progress.judged} of {progress.documents} documents judged, {progress.skipped} skipped, "
        f"{progress.left} left{aside if progress.set_aside else ''}"
    )


def _told_signed(signed: sampling.Signed) -> str:
    standing = signed.weighed.standing
    lines = [
        f"signed; ledger entry {signed.entry[:12]}",
        f"documents with a miss {told(standing.missed)}, over-masked {told(standing.over)}",
        *signed.weighed.refused,
        "next: burnish review, then burnish approve or burnish reject",
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f}"


def _source(source: Mapping[str, Any]) -> str:
    """One source with everything that the four confirmations are about."""
    basis = source["basis"]
    agreements = [
        f"{p['name']} under {p['agreement']} until {p['expires']}" for p in source["processors"]
    ]
    lines = [
        f"source {source['name']}: {source['records']:,} records, {source['classification']}, "
        f"{basis['kind']} {basis['reference']} until {basis['expires']}",
        f"  purposes {', '.join(basis['purposes'])}",
        f"  processors {'; '.join(agreements) or 'none'}",
        f"  from {source['system']}, owner {source['owner']}, collected {source['collected']}, "
        f"licence {source['licence']}",
    ]
    return "\n".join(lines)


def _residual(residual: Mapping[str, Any], threshold: float) -> str:
    if residual.get("rate") is None:
        return "residual scan: not measured"
    found = ", ".join(f"{c} {n}" for c, n in sorted(residual["by_category"].items()))
    return (
        f"residual scan: personal data still found in {residual['documents_with_findings']:,} of "
        f"{residual['documents']:,} documents ({residual['rate']:.4%}; at most {threshold:.4%} "
        f"allowed){': ' + found if found else ''}\n"
        "  a lower bound of what was missed; the documents it found are set aside"
    )
