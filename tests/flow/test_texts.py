"""What the text of a function can say: never less than its code does."""

from __future__ import annotations

import pytest

from xpcheck.flow.sources.texts import holders, may_call, may_import, without


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("return np.mean(values)", ["np"]),
        ("return np.linalg.mean(values) + lib.mean", ["np.linalg", "lib"]),
        ("return (np\n    .linalg  # of NumPy\n    . mean)", ["np.linalg"]),
        ("return np.\\\n    mean", ["np"]),
        ("f'{np.mean(values)}'", ["np"]),
        ("return values[0].mean() + f(np).mean + 'np'.mean", ["", "", ""]),
        ("return f().np.mean", [""]),
        ("return (f().  # comes first\n    np.linalg.mean)", [""]),
        ("return mean(np.means, np.mean_of, means.np, mean=np)", []),
    ],
)
def test_before_an_attribute_stands_a_path_or_something_else(text: str, expected: list[str]) -> None:
    assert holders(text, "mean") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n    from pkg import exp_from", True),
        ("def f(): import lib as exp_from", True),
        ("x = 1; from pkg import (\n    other,\n    exp_from,\n)", True),
        ("def f():\n    from pkg import other\n    return lib.exp_from", False),
        (">>> from pkg import exp_from", False),
        ("return exp_from(important)", False),
    ],
)
def test_an_import_begins_a_statement_and_names_what_it_binds(text: str, expected: bool) -> None:
    assert may_import(text, "exp_from") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("return Sum(self, other)", True),
        ("return models.Product \\\n    (self)", True),
        ("return (Sum)(self)", True),
        ("return isinstance(other, Sum)", False),
        ("return other.cls is Sum", False),
        ("return SumOf(self), TheSum(self), sum(self)", False),
    ],
)
def test_a_call_needs_a_bracket_after_the_name(text: str, expected: bool) -> None:
    assert may_call(text, {"Sum", "Product"}) is expected


def test_places_are_taken_out_of_a_text() -> None:
    lines = ["first = {", "    1,", "}; second = 2", "third = 3"]
    assert without(lines, [(4, 1, 4, 10), (1, 1, 3, 2)]).split("\n") == [" ; second = 2", "", "", " "]
