"""A method's text in, what it reads and what is wrong with it out."""

import pytest

from expc.assets import asset
from expc.compiler.templates.fitting import check_method
from expc.compiler.templates.method import Method, method_reads
from expc.compiler.templates.template import load_template

READS = [
    ("def build(config, width):\n    return config.hidden * config.layers + config.hidden\n", {"hidden", "layers"}),
    ("def build(config, width):\n    return width\n", set()),
    ("def build(config, width):\n    return config.seed, config.data, config.inputs['init']\n", set()),
    ("def build(config, width):\n    return Net(config)\n", None),
    ("def build(config, width):\n    return getattr(config, 'hidden')\n", None),
    ("def build(config, width):\n    config.hidden = 3\n    return config.hidden\n", None),
    ("def build(config, width):\n    self.config = config\n", None),
    ("def build(config, width):\n    return {**vars(config)}\n", None),
    ("import config\n\ndef build(c, width):\n    return config.load().hidden\n", None),
    ("from config import load\n\ndef build(c, width):\n    return load().hidden\n", None),
    ("import settings as config\n", None),
    ("def build(config, width:\n", None),
    ("# config\n'config'\n", set()),
]


@pytest.mark.parametrize(("text", "names"), READS)
def test_what_a_method_reads_is_told_by_its_syntax_or_not_at_all(text, names):
    assert method_reads(text) == names


LACKS = "the slot 'encoder' needs a function build(config, width); "
FOUND = "the slot 'encoder' needs build(config, width), found build"
GOOD = "def build(config, width):\n    return config.hidden\n"
WRONG = [
    (GOOD, {}, []),
    ("def build(config, width, extra=1, *rest, also=2, **more):\n    return 1\n", {}, []),
    ("x = 1\ndef build(config, width:\n    pass\n", {}, [(2, 10, "isn't Python: '(' was never closed")]),
    (GOOD.replace("    ", ""), {}, [(2, 1, "isn't Python: expected an indented block")]),
    ("x = 1\x00\n", {}, [(1, 1, "isn't Python: source code string cannot contain null bytes")]),
    ("x = 1\n", {}, [(1, 1, LACKS + "the file defines none")]),
    (GOOD.replace("build", "bild"), {}, [(1, 1, LACKS + "did you mean 'bild'? allowed: bild")]),
    ("class A:\n    def build(config, width):\n        pass\n", {}, [(1, 1, LACKS + "the file defines none")]),
    ("\ndef build(config):\n    pass\n", {}, [(2, 1, FOUND + "(config)")]),
    ("def build(width, config):\n    pass\n", {}, [(1, 1, FOUND + "(width, config)")]),
    ("def build(config, width, depth):\n    pass\n", {}, [(1, 1, FOUND + "(config, width, depth)")]),
    ("def build(config, width, *, depth):\n    pass\n", {}, [(1, 1, FOUND + "(config, width, *, depth)")]),
    ("def build(config, width, /):\n    pass\n", {}, [(1, 1, FOUND + "(config, width, /)")]),
    (
        GOOD.replace("hidden", "hiden"),
        {"depth": 3},
        [(2, 12, "there is no parameter 'hiden'; did you mean 'hidden'? ")],
    ),
]


@pytest.mark.parametrize(("text", "parameters", "expected"), WRONG)
def test_what_is_wrong_with_a_method_has_its_place(text, parameters, expected):
    template = load_template(asset("templates", "text-classification"))
    found = check_method(template, Method("mine", "encoder", text, parameters))
    assert [(line, column) for line, column, _ in found] == [(line, column) for line, column, _ in expected]
    for (_, _, message), (_, _, start) in zip(found, expected, strict=True):
        assert message.startswith(start)


def test_every_shipped_choice_is_a_method_without_fault():
    for name in ("text-classification", "image-classification"):
        template = load_template(asset("templates", name))
        for slot in template.slots.values():
            for choice in slot.choices:
                text = (template.folder / slot.name / f"{choice}.py").read_text()
                assert check_method(template, Method(choice, slot.name, text)) == []
