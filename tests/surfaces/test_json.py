"""`--json`: each command answers with one JSON document, whether it goes well or not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from burnish.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.conftest import Desk

LINES = {"detect", "mask"}
"""Commands that answer a line for each line they are given."""

WELL = {
    "init": ("init", "another"),
    "doctor": ("doctor",),
    "schema": ("schema",),
    "key": ("key", "new", "eve"),
    "plan": ("plan",),
    "status": ("status",),
    "quality": ("quality", "sweep", "--examples", "0"),
    "show": ("show", "mask"),
    "review": ("review",),
    "report": ("report",),
    "eval": ("eval", "sets"),
    "budget": ("budget",),
    "verify": ("verify", "--ledger"),
    "trace": ("trace", "tickets"),
    "sweep": ("sweep",),
    "approve": ("approve", "--key", "keys/priya.pem"),
    "reject": ("reject", "--remediation", "less", "--key", "keys/priya.pem"),
}
WRONG = {
    "quickstart": ("quickstart", "data"),
    "run": ("run", "--key", "keys/none.pem"),
    "register": ("register",),
    "promote": ("promote", "desk@1.1.0"),
    "eval": ("eval", "fetch", "nothing"),
    "decide": ("decide", "continue", "--because", "tried"),
    "compare": ("compare", "--techniques", "lora"),
    "launch": ("launch", "sagemaker"),
    "incident": ("incident", "show", "0"),
    "erase": ("erase", "--because", "tried"),
    "quarantine": ("quarantine", "nothing", "--because", "tried"),
    "revoke": ("revoke", "desk@1.1.0", "--because", "tried"),
    "trace": ("trace", "desk@1.1.0"),
    "show": ("show",),
    "key": ("key", "new"),
    "export": ("export", "dvc", "mask", "--into", "out"),
    "gauntlet": ("gauntlet", "--only", "nothing"),
}


def test_every_command_answers_one_document(desk: Desk) -> None:
    assert WELL.keys() | WRONG.keys() | LINES == COMMANDS.keys()
    for name, words in WELL.items():
        answer = desk(*words, *(() if name == "schema" else ("--json",)))
        # Tracing a source of which no version is registered finds nothing: that is an answer too.
        assert answer.code in ({0, 2} if name in ("doctor", "trace") else {0}), (name, answer.err)
        json.loads(answer.out)


def test_every_error_is_one_document_with_code_problem_and_remedy(desk: Desk) -> None:
    for name, words in WRONG.items():
        answer = desk(*words, "--json")
        assert answer.code == 2, name
        assert answer.json["exit_code"] == 2, name
        assert answer.json["problem"], name
        assert answer.json["remedy"], name


def test_a_closed_gate_is_one_document(desk: Desk) -> None:
    answer = desk("run", "--quiet", "--json")

    assert answer.code == answer.json["exit_code"] == 4
    assert answer.json["problem"].startswith("gate 'privacy' WAITING")
    assert answer.err == ""
