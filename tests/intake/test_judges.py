"""The plan's judges, made from their sections: services over real HTTP, rules, faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from burnish.connectors.choose import conversation_with
from burnish.connectors.perspective import Comments
from burnish.core.errors import InputError
from burnish.core.reach import Reach
from burnish.intake.judges import JudgeDoors, judge_digests, known_judge, read_judges
from burnish.methods.evaluation.judges.perspective import Perspective
from burnish.methods.evaluation.judging import Case
from burnish.plan_endpoint import EndpointPlan
from burnish.plan_evaluate import EvalSet, EvaluatePlan
from burnish.plan_judges import JudgePlan
from burnish.storage.memory import MemoryStore

if TYPE_CHECKING:
    from tests.conftest import Bench

TODAY = date(2026, 11, 22)


@dataclass
class Service:
    """Judges over HTTP: an answer with the word rude is bad."""

    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    status: int = 200

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("comments:analyze"):
            value = 0.9 if "rude" in body["comment"]["text"] else 0.1
            return {"attributeScores": {"TOXICITY": {"summaryScore": {"value": value}}}}
        shown = json.loads(body["messages"][1]["content"].split("\n")[2])
        text = json.dumps({"bad": "rude" in shown["answer"]})
        return {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


def handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.asked.append((self.path, headers, body))
            sent = json.dumps(service.answer(self.path, body)).encode()
            self.send_response(service.status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def served() -> Iterator[tuple[Service, str]]:
    service = Service()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(service))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with closing(server.socket):
        yield service, f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


@pytest.fixture
def doors(tmp_path: Path) -> JudgeDoors:
    rows = [{"prompt": "q", "answer": f"{'rude' if n % 2 else 'kind'} {n}", "bad": bool(n % 2)}
            for n in range(40)]  # fmt: skip
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "key").write_text("s3cret", encoding="utf-8")
    reach = Reach(speak=partial(conversation_with, root=tmp_path))
    return JudgeDoors(tmp_path, TODAY, reach, MemoryStore())


def served_plan(url: str, **more: Any) -> JudgePlan:
    endpoint = EndpointPlan(
        url=url, model="judge-1", interface="chat", key="file:key", retries=0, concurrency=2
    )
    return JudgePlan(
        name="served", kind="openai", gold="gold.jsonl", rubric="bad", endpoint=endpoint, **more
    )


def test_a_served_judge_is_held_to_its_gold_over_http(
    doors: JudgeDoors, served: tuple[Service, str]
) -> None:
    service, url = served

    known = known_judge(served_plan(url, least=0.6), doors)

    assert (known.trusted.refused, known.calibration.youden) == ("", 1.0)
    assert len(service.asked) == 40
    path, headers, body = service.asked[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer s3cret"
    assert (body["model"], body["temperature"]) == ("judge-1", 0)


def test_a_service_is_held_to_its_gold_every_time(
    doors: JudgeDoors, served: tuple[Service, str]
) -> None:
    service, url = served
    for _ in range(2):
        known_judge(served_plan(url), doors)

    assert len(service.asked) == 80


def test_a_service_that_is_down_may_not_grade(
    doors: JudgeDoors, served: tuple[Service, str]
) -> None:
    service, url = served
    service.status = 500

    known = known_judge(served_plan(url, least=0.0), doors)

    assert known.trusted.refused == "it gave no opinion on 40 of 40 gold items"


def test_perspective_is_asked_with_its_key_in_a_header(
    tmp_path: Path, served: tuple[Service, str]
) -> None:
    (tmp_path / "key").write_text("s3cret", encoding="utf-8")
    service, url = served
    judge = Perspective(partial(Comments, "file:key", tmp_path, url))

    found = judge.opinions([Case("1", "q", "rude"), Case("2", "q", "kind")])

    assert [one.bad for one in found] == [0.9, 0.1]
    path, headers, body = service.asked[0]
    assert path == "/v1/comments:analyze"
    assert headers["x-goog-api-key"] == "s3cret"
    assert "model" not in body
    assert body["doNotStore"] is True


def test_an_error_of_perspective_is_no_opinion(tmp_path: Path, served: tuple[Service, str]) -> None:
    (tmp_path / "key").write_text("s3cret", encoding="utf-8")
    service, url = served
    service.status = 403

    found = Perspective(partial(Comments, "file:key", tmp_path, url)).opinions(
        [Case("1", "q", "a")]
    )

    assert found[0].bad is None
    assert "answered 403" in found[0].error
    assert "s3cret" not in found[0].error


def test_perspective_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none"):
        Comments("file:none", tmp_path)
    (tmp_path / "key").write_text("schlüssel", encoding="utf-8")
    with pytest.raises(InputError, match="no header"):
        Comments("file:key", tmp_path)


def test_perspective_is_gone_after_its_last_day(doors: JudgeDoors) -> None:
    plan = JudgePlan(name="p", kind="perspective", gold="builtin:toxicity", key="file:key")
    later = JudgeDoors(doors.root, date(2027, 1, 1), doors.reach)

    with pytest.raises(InputError, match="closed on 2026-12-31"):
        known_judge(plan, later)


def test_only_judges_that_sets_name_are_made(doors: JudgeDoors) -> None:
    rules = JudgePlan(name="words", kind="rules", rules="rude", gold="gold.jsonl")
    other = JudgePlan(name="other", kind="guard", path="none", template="plain", gold="gold.jsonl")
    one = EvalSet(name="open", path="open.jsonl", gate="toxicity", judge="words")
    plan = EvaluatePlan(sets=(one,), judges=(rules, other))

    found = read_judges(plan, doors)

    assert list(found) == ["words"]
    assert found["words"].refused.startswith("with 40 gold items")
    with pytest.raises(InputError, match=r"evaluate.judges.other: there is no model folder none"):
        read_judges(plan, doors, ["other"])


def test_what_a_judge_on_this_disk_made_of_its_gold_is_remembered(doors: JudgeDoors) -> None:
    rules = JudgePlan(name="words", kind="rules", rules="rude", gold="gold.jsonl")
    first = known_judge(rules, doors)

    assert known_judge(rules, doors).calibration == first.calibration
    (doors.root / "gold.jsonl").write_text(
        '{"prompt": "q", "answer": "idiot", "bad": true}\n'
        '{"prompt": "q", "answer": "friend", "bad": false}',
        encoding="utf-8",
    )
    assert known_judge(rules, doors).calibration.youden == 1.0


# The plan

GOOD: dict[str, Any] = {"name": "j", "kind": "rules", "rules": "rude", "gold": "builtin:toxicity"}


@pytest.mark.parametrize(
    ("change", "told"),
    [({"rules": None}, "needs `rules`"), ({"path": "m"}, "takes no `path`"),
     ({"kind": "guard", "rules": None, "path": "m"}, "give `template`"),
     ({"kind": "classifier", "rules": None, "path": "m"}, "give `labels`"),
     ({"kind": "openai", "rules": None}, "needs `endpoint`"),
     ({"kind": "openai", "rules": None,
       "endpoint": EndpointPlan(url="http://localhost/v1", model="m")}, "interface: chat"),
     ({"kind": "perspective", "rules": None}, "needs `key`"),
     ({"kind": "detoxify", "rules": None, "path": "m", "reads": "answer"}, "takes no `reads`")],
)  # fmt: skip
def test_a_section_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        JudgePlan(**GOOD | change)


def test_a_set_names_a_judge_that_there_is() -> None:
    one = EvalSet(name="open", path="open.jsonl", gate="toxicity", judge="nobody")

    with pytest.raises(ValidationError, match=r"no judge 'nobody' in evaluate.judges"):
        EvaluatePlan(sets=(one,))
    with pytest.raises(ValidationError, match="two judges are called 'j'"):
        EvaluatePlan(judges=(JudgePlan(**GOOD), JudgePlan(**GOOD)))


def test_scores_follow_from_what_their_judges_are_made_of(doors: JudgeDoors, bench: Bench) -> None:
    root = bench.root
    (root / "gold.jsonl").write_bytes((doors.root / "gold.jsonl").read_bytes())
    (root / "words.txt").write_text("rude\n", encoding="utf-8")
    (root / "guard").mkdir()
    (root / "guard" / "config.json").write_text("{}", encoding="utf-8")
    judges = (
        JudgePlan(name="words", kind="rules", rules="words.txt", gold="gold.jsonl"),
        JudgePlan(name="g", kind="guard", path="guard", template="plain", gold="builtin:refusal"),
    )

    def digests(*named: str) -> list[str]:
        sets = [EvalSet(name=one, path="x", gate="toxicity", judge=one) for one in named]
        return judge_digests(bench.work(), EvaluatePlan(sets=tuple(sets), judges=judges))

    before = digests("words", "g")
    assert len(before) == len(set(before)) == 4
    assert digests("words") == before[:2]
    assert digests() == []
    (root / "words.txt").write_text("rude|crude\n", encoding="utf-8")
    (root / "guard" / "config.json").write_text('{"a": 1}', encoding="utf-8")
    after = digests("words", "g")
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True, False]
