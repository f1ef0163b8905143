"""Files of questions: what each line may be, and what is said of one that can't be used."""

import hashlib
import json

import pytest

from expc.data.prepare import prepare
from expc.data.questions import problem, read_questions
from expc.errors import ExpcError


def lines(*objects):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects).encode()


def asked(identity, question, answer, choices=None, letter=None):
    return {"id": identity, "question": question, "answer": answer, "choices": choices, "letter": letter}


FISH = ["cow", "cod", "2"]


@pytest.mark.parametrize(
    ("content", "name", "columns", "expected"),
    [
        (lines({"question": "2 + 2?", "answer": 4}, {"question": "Why?", "answer": " so "}), "q.jsonl", None,
         [asked("0", "2 + 2?", "4"), asked("1", "Why?", "so")]),
        (lines({"q": "A fish?", "c": FISH, "a": "cod", "n": 7}), "q.jsonl",
         {"question": "q", "choices": "c", "answer": "a", "id": "n"}, [asked("7", "A fish?", "cod", FISH, "B")]),
        (lines({"question": "?", "choices": FISH, "answer": "B", "id": "x"}), "q.ndjson", None,
         [asked("x", "?", "cod", FISH, "B")]),
        (lines({"question": "?", "choices": FISH, "answer": 2}), "q.jsonl", None, [asked("0", "?", "2", FISH, "C")]),
        (lines({"question": "?", "choices": [], "answer": "x"}), "q.jsonl", None, [asked("0", "?", "x")]),
        (lines({"question": "?", "one": "a", "two": "b", "answer": 0}), "q.jsonl", {"choices": ["one", "two"]},
         [asked("0", "?", "a", ["a", "b"], "A")]),
        (b'question,A,B,answer\n"A fish, or not?",cow,cod,B\n\nA cow?,cow,cod,0\n', "q.csv", {"choices": ["A", "B"]},
         [asked("0", "A fish, or not?", "cod", ["cow", "cod"], "B"), asked("1", "A cow?", "cow", ["cow", "cod"], "A")]),
        (b"2 + 2?\t4\n", "q.tsv", {"question": 0, "answer": 1}, [asked("0", "2 + 2?", "4")]),
    ],
)  # fmt: skip
def test_questions_are_read_with_the_answer_that_is_meant(content, name, columns, expected):
    assert read_questions(content, name, columns) == expected


@pytest.mark.parametrize(
    ("content", "name", "columns", "said"),
    [
        (lines({"question": " ", "answer": 4}, {"question": "?"}), "q.jsonl", None,
         'q.jsonl:1: the question must be a text that isn\'t empty, not " "\n'
         "q.jsonl:2: the answer must be a text or a number, not null"),
        (b'{"question": "?", "answer": 1}\n{"question"\n', "q.jsonl", None, "q.jsonl:2: isn't JSON: "),
        (b"[1]\n", "q.jsonl", None, "q.jsonl:1: a line must hold an object, not [1]"),
        (lines({"question": "?", "choices": FISH, "answer": "D"}), "q.jsonl", None,
         'q.jsonl:1: the answer "D" is none of the choices, nor a letter or a place (from 0) of one'),
        (lines({"question": "?", "choices": ["1", "2", "3"], "answer": "2"}), "q.jsonl", None,
         'q.jsonl:1: the answer "2" means two choices: one as a choice and one as a place'),
        (lines({"question": "?", "choices": ["a", "a"], "answer": "a"}), "q.jsonl", None,
         "q.jsonl:1: two of the choices are the same"),
        (lines({"question": "?", "choices": "ab", "answer": "a"}), "q.jsonl", None,
         'q.jsonl:1: the choices must be a list of texts, not "ab"'),
        (lines(*[{"question": "?", "answer": 1, "id": "x"}] * 2), "q.jsonl", None,
         "q.jsonl: two questions have the id 'x'; an id names one"),
        (lines(*[{}] * 7), "q.jsonl", None, "and 2 more like these"),
        (b"\n", "q.jsonl", None, "q.jsonl holds no question"),
        (b"\xff\n", "q.jsonl", None, "q.jsonl:1: not UTF-8 (byte 0xff); save it as UTF-8"),
        (b"question,answer\n", "q.csv", None, "q.csv holds no question"),
        (b"question,reply\na,b\n", "q.csv", None, "q.csv:1: no column 'answer' in the header"),
        (b"question,answer\nWhat is 1, 2 or 3?,2\n", "q.csv", None,
         "q.csv:2: 3 fields, and the first line has 2; quote a text that holds what parts them"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(content, name, columns, said):
    with pytest.raises(ExpcError) as error:
        read_questions(content, name, columns)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("content", "name", "columns", "found"),
    [
        (lines({"question": "?", "answer": 1}), "q.jsonl", None, None),
        (lines({"question": "?", "antwort": 1}), "q.jsonl", None,
         (("columns", "answer"), "q.jsonl:1: there is no 'answer'",
          "did you mean 'antwort'? allowed: question, antwort")),
        (b"", "q.csv", None, ((), "q.csv is empty", "")),
        (b"question,answer\n", "q.csv", {"choices": ["a", "b"]},
         (("columns", "choices"), "q.csv:1: no column 'a' in the header", "allowed: question, answer")),
        (b"hello\n", "q.jsonl", None,
         ((), "q.jsonl:1: isn't JSON: Expecting value: line 1 column 1 (char 0)",
          'a line is such as {"question": "2 + 2?", "answer": "4"}')),
    ],
)  # fmt: skip
def test_a_look_at_the_first_line_tells_of_columns_that_are_not_there(tmp_path, content, name, columns, found):
    (tmp_path / name).write_bytes(content)
    assert problem(tmp_path / name, name, columns) == found


def test_prepared_questions_are_all_for_the_test(tmp_path):
    content = lines({"question": "2 + 2?", "answer": 4}, {"question": "?", "choices": FISH, "answer": 1})
    (tmp_path / "q.jsonl").write_bytes(content)
    files = {"file": {"path": "q.jsonl", "sha256": hashlib.sha256(content).hexdigest()}}
    entry = {"id": "d", "kind": "questions", "source": "questions", "columns": None, "files": files}
    prepare(entry, tmp_path / "made", tmp_path)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["data.json", "test.jsonl"]
    assert json.loads((tmp_path / "made" / "data.json").read_text()) == {
        "id": "d", "kind": "questions", "examples": {"test": 2},
        "sizes": {"test.jsonl": (tmp_path / "made/test.jsonl").stat().st_size},
    }  # fmt: skip
    found = [json.loads(line) for line in (tmp_path / "made" / "test.jsonl").read_text().splitlines()]
    assert found == [asked("0", "2 + 2?", "4"), asked("1", "?", "cod", FISH, "B")]
    (tmp_path / "q.jsonl").write_bytes(content + b"\n")
    with pytest.raises(ExpcError, match="has changed since `expc compile`"):
        prepare(entry, tmp_path / "again", tmp_path)
