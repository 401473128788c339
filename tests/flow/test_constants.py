"""What modules bind outside functions: tables of functions, functions with arguments bound, arrays of the host."""

from __future__ import annotations

from xpcheck.model import Level

TABLE = """
    import numpy as np
    from functools import partial

    def smooth(radii, scale, xp=np):
        return xp.exp(-radii / scale)

    def steep(radii, scale, xp=np):
        return xp.hypot(radii, scale)

    def ring(radii, scale, xp=np):
        return radii * scale

    TABLE = {table}

    def image_from(radii, key, xp=np):
        return {call} + xp.abs(radii)
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def reported(findings, table: str, call: str) -> list[str]:
    return codes(findings({"tables.py": TABLE.format(table=table, call=call)}))


def test_a_table_of_functions_is_any_of_them_or_the_one_of_a_key(findings) -> None:
    assert reported(findings, "{'a': smooth, 'b': steep}", "TABLE[key](radii, 2.0)") == ["XP101"]
    assert reported(findings, "{'a': smooth, 'b': steep}", "TABLE[key](radii, 2.0, xp=xp)") == []
    assert reported(findings, "{1: smooth, 2: steep}", "TABLE[key](radii, 2.0)") == ["XP101"]
    assert reported(findings, "{'a': smooth, 'b': ring}", "TABLE['a'](radii, 2.0)") == ["XP101"]
    assert reported(findings, "{'a': smooth, 'b': ring}", "TABLE['b'](radii, 2.0)") == []


def test_bound_arguments_are_kept_and_never_mixed(findings) -> None:
    assert reported(findings, "partial(smooth, scale=2.0)", "TABLE(radii)") == ["XP101"]
    assert reported(findings, "partial(smooth, scale=2.0)", "TABLE(radii, xp=xp)") == []
    assert reported(findings, "{'a': partial(smooth, scale=2.0)}", "TABLE['a'](radii)") == ["XP101"]
    mixed = "{'a': partial(smooth, scale=2.0), 'b': partial(steep, scale=1.0)}"
    assert reported(findings, mixed, "TABLE[key](radii, xp=xp)") == []


def test_of_a_table_with_anything_else_in_it_nothing_is_known(findings) -> None:
    assert reported(findings, "{'a': smooth, 'b': print}", "TABLE[key](radii, 2.0)") == []
    assert reported(findings, "{}", "TABLE[key](radii, 2.0)") == []


def test_an_array_of_the_module_is_one_of_the_host(findings) -> None:
    assert reported(findings, "np.arange(5.0)", "TABLE[xp.argmax(radii)]") == ["XP205"]
    assert reported(findings, "np.arange(5.0)", "TABLE[2] * np.sqrt(TABLE)") == []


LAZY = """
    import numpy as np

    _table = None

    def _load():
        {scope}
        _table = open("table.txt")

    def image_from(radii, xp=np):
        _load()
        if _table is not None:
            return np.hypot(radii, 1.0)
        return xp.abs(radii)
"""


def test_what_a_function_binds_by_global_is_not_what_the_module_began_with(findings) -> None:
    assert codes(findings({"lazy.py": LAZY.format(scope="global _table")})) == ["XP201"]
    assert codes(findings({"lazy.py": LAZY.format(scope="pass")})) == []
