"""Annotations between quotes say what they would say without."""

import textwrap

import pytest

from tests.syntax.show import show
from xpcheck.syntax import body, outline


@pytest.mark.parametrize(
    ("quoted", "plain"),
    [
        ("'Galaxy'", "Galaxy"),
        ("'list[Galaxy]'", "list[Galaxy]"),
        ("List['ag.Galaxy']", "List[ag.Galaxy]"),
        ("'Galaxy | None'", "Galaxy | None"),
        ("'Galaxy' | None", "Galaxy | None"),
        ("' List[\"Galaxy\"] '", "List['Galaxy']"),
        ("Annotated['Galaxy', 'a lens']", "Annotated[Galaxy, 'a lens']"),
        ("Literal['Galaxy']", "Literal['Galaxy']"),
        ("'no type at all'", "'no type at all'"),
    ],
)
def test_parameters_results_and_variables(quoted: str, plain: str) -> None:
    text = "def f(x: {0}) -> {0}:\n    y: {0} = x\n    def g(z: {0}) -> {0}: return z\n    return y\n"

    def shown(annotation: str) -> tuple[str, ...]:
        module = outline(f"{text}\nv: {{0}} = f\n".format(annotation).encode())
        function = module.functions[0]
        lowered = body(text.format(annotation), 1, "f").statements
        inner = lowered[1]
        parts = (
            function.params[0].annotation,
            function.returns,
            module.assigns[0].annotation,
            lowered[0].annotation,
            inner.params[0].annotation,
            inner.returns,
        )
        return tuple(show(part) for part in parts)

    assert len(set(shown(quoted))) == 1
    if plain != quoted:
        assert shown(quoted) == shown(plain) != shown("int")


def test_what_was_quoted_stands_at_the_place_of_the_text() -> None:
    param = outline(b"def f(x: 'list[Galaxy]'): pass\n").functions[0].params[0]
    assert param.annotation.loc == param.annotation.index.loc == (1, 10, 1, 24)


def test_long_texts_and_broken_ones_stay_texts() -> None:
    for text in ("[" * 400, "x" * 600, "a b", "\\0"):
        source = textwrap.dedent(f"def f(x: '{text}'): pass\n")
        annotation = outline(source.encode()).functions[0].params[0].annotation
        assert annotation.kind == "str"
