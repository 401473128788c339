"""Keys of mappings: they are never traced, whatever is held under them."""

from __future__ import annotations

from xpcheck.model import Level


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def test_keys_are_never_traced(findings) -> None:
    text = """
        import numpy as np

        def scaled_from(parameters, xp=np):
            scale = xp.sqrt(parameters)
            for {names} in {pairs}:
                if {name} in ("mass", "redshift"):
                    return {name}
            return scale
    """
    for pairs in ("parameters.keys()", "list(parameters.keys())"):
        assert codes(findings({"scales.py": text.format(names="name", name="name", pairs=pairs)})) == []
    items = {"names": "name, value", "pairs": "parameters.items()"}
    assert codes(findings({"scales.py": text.format(name="name", **items)})) == []
    assert codes(findings({"scales.py": text.format(name="value", **items)})) == ["XP302"]


def test_what_is_looked_up_under_its_own_items_is_a_mapping(findings) -> None:
    text = """
        import numpy as np

        def response_from(values, mode):
            if mode in ["plus", "cross"]:
                return values
            return 2 * values

        def strain_from(waves, angles, xp=np):
            total = xp.exp(waves["linear"]["plus"])
            {loop}
            return total
    """

    def found(loop: str) -> list[str]:
        return codes(findings({"waves.py": text.format(loop=loop)}))

    assert found('for mode in waves["linear"]: total += response_from(waves["linear"][mode], mode)') == []
    assert found("total = sum(response_from(waves[mode], mode) for mode in waves)") == []
    assert found('for mode in waves["linear"]: total += response_from(waves["other"][mode], mode)') == ["XP302"]
    assert found("for mode in waves: total += response_from(angles[mode], mode)") == ["XP302"]
    # An array that was computed here has no keys.
    assert found("for mode in total: total += response_from(total[mode], mode)") == ["XP302"]
