import pytest

from expc.report.markdown import pipe_table, plain


def test_a_table_reads_well_as_plain_text() -> None:
    rows = [["bag", "0.8"], ["変換器", "**0.812 ± 0.006**"], ["naïve", "–"]]
    assert pipe_table(["encoder", "accuracy"], rows, left=1) == (
        "| encoder |          accuracy |\n"
        "| :------ | ----------------: |\n"
        "| bag     |               0.8 |\n"
        "| 変換器  | **0.812 ± 0.006** |\n"
        "| naïve   |                 – |\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f1_macro", "f1_macro"),
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("two\nlines\tand more ", "two lines and more"),
        ("__init__ *x* `y` <b> [z](w)", r"\_\_init\_\_ \*x\* \`y\` \<b> \[z](w)"),
        ("0.5", "0.5"),
    ],
)
def test_markup_in_a_name_stays_text(text: str, expected: str) -> None:
    assert plain(text) == expected
