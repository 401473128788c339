"""Who is asked for the namespace holds arrays: what that says of everything beside it."""

from __future__ import annotations

from xpcheck.model import Level


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def test_who_is_asked_for_the_namespace_is_an_array_and_what_it_is_computed_with_a_setting(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        def decayed_from(values, bias):
            xp = {bound}
            factor = xp.exp(-bias * values)
            return factor if bias != 0 else values
    """
    assert codes(findings({"decays.py": text.format(bound="array_namespace(values)")})) == []
    assert codes(findings({"decays.py": text.format(bound="array_namespace(values, bias)")})) == ["XP303"]
    # Where nobody is asked, all that it is computed with may be arrays.
    assert codes(findings({"decays.py": text.format(bound="array_namespace()")})) == ["XP303"]


def test_what_is_given_to_the_namespace_itself_is_an_array_whoever_is_asked(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        def weighted_from(values, weights):
            xp = array_namespace(values)
            total = xp.sum({weights})
            return xp.sum(values) / (total if weights > 0 else 1.0)
    """
    assert codes(findings({"means.py": text.format(weights="weights")})) == ["XP303"]
    assert codes(findings({"means.py": text.format(weights="weights * values")})) == []


def test_a_helper_may_ask_for_the_namespace_that_it_gives_back_with_more(findings) -> None:
    text = """
        import numpy as np
        from backends import get_namespace

        def namespace_and_device(*arrays, xp=None):
            xp, _ = get_namespace(*arrays, xp=xp)
            return xp, arrays[0].device

        def decayed_from(values, bias):
            xp, device = namespace_and_device({asked})
            factor = xp.exp(-bias * values)
            return factor if bias != 0 else values
    """
    assert codes(findings({"decays.py": text.format(asked="values")})) == []
    assert codes(findings({"decays.py": text.format(asked="values, bias")})) == ["XP303"]


OPERATORS = """
    import numpy as np

    KNOWN = {}

    class Operator:
        def __init__(self, matrix, xp=np):
            self.matrix = xp.conj(matrix)

        def is_positive(self):
            return bool(self.matrix[0] > 0)

    def operator_from(name) -> Operator:
        return KNOWN[name]

    def first_from(operator: Operator):
        return 1 if operator.matrix[1] > 0 else 2

    def searched(name):
        if operator_from(name).matrix[0] > 0:
            return first_from(operator_from(name))
        return operator_from(name).is_positive()

    def applied(values, xp=np):
        return xp.abs(values) + searched("ones")
"""


def test_without_a_namespace_objects_hold_arrays_of_numpy_where_others_ask_for_theirs(findings) -> None:
    asking = """
        from backends import array_namespace

        def namespace_of(values):
            return array_namespace(values)
    """
    files = {"pkg/__init__.py": "", "pkg/operators.py": OPERATORS}
    assert sorted(codes(findings(files))) == ["XP204", "XP303", "XP303"]
    # What an object does with its own array may still be done with any.
    assert codes(findings({**files, "pkg/asking.py": asking})) == ["XP204"]


def test_what_one_object_is_given_is_not_what_all_of_its_class_hold_where_arrays_are_asked(findings) -> None:
    text = """
        import numpy as np

        class Table:
            def __init__(self, data):
                self.data = data

            def first(self):
                return float(self.data[0])

        def table_from(values, xp=np):
            return Table(xp.abs(values))

        def applied(table: Table, values, xp=np):
            return xp.abs(values) + table.first()
    """
    asking = """
        from backends import array_namespace

        def namespace_of(values):
            return array_namespace(values)
    """
    files = {"pkg/__init__.py": "", "pkg/tables.py": text}
    assert codes(findings(files)) == ["XP204"]
    assert codes(findings({**files, "pkg/asking.py": asking})) == []


def test_where_no_namespace_is_given_a_body_asks_its_arrays(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        def decayed_from(values, bias, xp={default}):
            {bound}
            factor = xp.exp(-bias * values)
            return factor if bias > 0 else values
    """
    bound = "xp = array_namespace(values) if xp is None else xp"
    assert codes(findings({"decays.py": text.format(default="None", bound=bound)})) == []
    asked = bound.replace("values", "values, bias")
    assert codes(findings({"decays.py": text.format(default="None", bound=asked)})) == ["XP303"]
    assert "XP303" in codes(findings({"decays.py": text.format(default="np", bound="pass")}))


def test_who_has_nobody_to_ask_makes_arrays_of_numbers(findings) -> None:
    text = """
        import math

        import numpy as np

        def window_from(size, alpha, {namespace}):
            {bound}
            if alpha <= 0:
                return xp.ones(size)
            return xp.cos(alpha * xp.arange(size))

        def width_from(ripple, {namespace}):
            {bound}
            return xp.asarray([1.0]), math.sqrt(ripple / 10.0)
    """
    given = text.format(namespace="xp=np", bound="pass")
    assert sorted(codes(findings({"windows.py": given}))) == ["XP202", "XP303"]
    made = text.format(namespace="*, xp=None", bound="xp = np if xp is None else xp")
    assert "XP303" not in (found := codes(findings({"windows.py": made})))
    assert "XP202" not in found


def test_what_is_given_to_the_namespace_is_an_array_though_nobody_is_asked(findings) -> None:
    text = """
        import numpy as np

        def root_from(values, xp=None):
            xp = np if xp is None else xp
            return xp.sqrt(values) if values > 0 else values
    """
    assert "XP303" in codes(findings({"roots.py": text}))


CHOICES = """
    import numpy as np

    SHIFTS = {{"low": 0.0, "high": 1.0}}
    STEPS = dict(low=0.0, high=1.0)

    def shifted_from(values, method, xp=np):
        {test}
        shift = xp.asarray({shift})
        if method > 0:
            return xp.exp(values - shift)
        return values

    def applied_from(values, kind, xp=np):
        return shifted_from(values, kind, xp=xp) if kind > 0 else xp.exp(values)
"""


def test_what_is_compared_with_texts_chooses_and_is_no_array(findings) -> None:
    def reported(test: str, shift: str = "method") -> list[str]:
        return codes(findings({"shifts.py": CHOICES.format(test=test, shift=shift)}))

    assert reported("pass") == ["XP303", "XP303"]
    for test in ('assert method != "low"', 'assert method in ("low", "high")', 'assert method in {"low", "high"}'):
        assert reported(test) == []
    assert reported("assert method in SHIFTS") == []
    assert reported("assert method in STEPS") == []
    assert reported("pass", shift="SHIFTS[method]") == []
    assert reported("assert method in (1.0, 2.0)")[-2:] == ["XP303", "XP303"]


def test_what_may_be_a_text_or_an_array_is_one_where_it_is_given_to_the_namespace(findings) -> None:
    text = CHOICES.format(test='assert method != "low"', shift="0.0").replace(
        "values - shift", "values) * xp.abs(method"
    )
    assert codes(findings({"shifts.py": text})) == ["XP303"]


def test_the_protocol_asks_its_array(findings) -> None:
    text = """
        def decayed_from(values, bias):
            xp = {asked}.__array_namespace__()
            return xp.exp(-bias * values) if bias > 0 else values
    """
    assert codes(findings({"decays.py": text.format(asked="values")})) == []
    assert codes(findings({"decays.py": text.format(asked="bias")})) == ["XP303"]


MOVED = """
    import numpy as np
    {asking}

    def _moved_to(values, *, xp{default}):
        xp = {asked} if xp is None else xp
        return xp.asarray(values)

    def counted_from(values, xp=np):
        values = xp.abs(values)
        counts = _moved_to(values, xp={given})
        return xp.asarray(np.bincount(counts)[: int(counts[0])])
"""


def test_who_gives_numpy_itself_instead_of_asking_wants_arrays_of_the_host(findings) -> None:
    asking = {"asking": "from backends import array_namespace", "asked": "array_namespace(values)"}
    for default in ("", "=None"):
        assert codes(findings({"counts.py": MOVED.format(default=default, given="np", **asking)})) == []
        assert "XP204" in codes(findings({"counts.py": MOVED.format(default=default, given="xp", **asking)}))
    # Where NumPy is what nobody has to say, or nobody is asked, it is what the caller forgot to hand on.
    assert "XP102" in codes(findings({"counts.py": MOVED.format(default="=np", given="np", **asking)}))
    threaded = {"asking": "", "asked": "np"}
    assert "XP102" in codes(findings({"counts.py": MOVED.format(default="", given="np", **threaded)}))


def test_a_text_that_is_ruled_out_for_jax_leaves_the_code_of_the_others(findings) -> None:
    text = """
        import numpy as np

        def solved_from(values, solver, xp=np):
            values = xp.abs(values)
            if xp is not np and solver {op} "exact":
                raise ValueError(solver)
            if solver == "fast":
                return np.linalg.solve(values, values)
            return xp.linalg.solve(values, values)
    """
    assert codes(findings({"solvers.py": text.format(op="!=")})) == []
    assert codes(findings({"solvers.py": text.format(op="==")})) == ["XP201"]


def test_objects_whose_constructor_leaves_the_namespace_out_have_numpy(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        class Operator:
            def __init__(self, shape, xp=None):
                self.shape = shape
                self._xp = np if xp is None else xp

            def applied_to(self, values):
                return self._xp.conj(self.product(self._xp.conj(values)))

            def product(self, values):
                raise NotImplementedError

        class Rolled(Operator):
            def __init__(self, shape{parameter}):
                super().__init__(shape{argument})

            def product(self, values):
                return np.roll(values, 1)

        class Given(Operator):
            def __init__(self, matrix):
                super().__init__(matrix.shape, xp=array_namespace(matrix))

            def product(self, values):
                return values
    """
    left = text.format(parameter="", argument="")
    assert codes(findings({"operators.py": left})) == ["XP508"]
    handed = text.format(parameter=", xp=None", argument=", xp=xp")
    assert "XP201" in codes(findings({"operators.py": handed}))
    # Where no array is asked, this is how the namespace gets lost.
    unasked = left.replace("array_namespace(matrix)", "np").replace("from backends import array_namespace", "")
    assert "XP201" in codes(findings({"operators.py": unasked}))


def test_a_conversion_that_is_tried_and_answered_asks_whether_a_value_is_concrete(findings) -> None:
    text = """
        import numpy as np

        def is_concrete(values, xp=np):
            total = xp.sum(values)
            try:
                bool(total)
                return {answer}
            except TypeError:
                return False
    """
    assert "XP204" not in codes(findings({"concrete.py": text.format(answer="True")}))
    assert "XP204" in codes(findings({"concrete.py": text.format(answer="xp.sqrt(total)")}))


def test_what_a_test_rules_out_is_said_by_its_open_part(findings) -> None:
    text = """
        import numpy as np

        def solved_from(values, solver, dense=False, strict=False, xp=np):
            values = xp.abs(values)
            if {test}:
                raise ValueError(solver)
            if solver == "fast" or dense:
                return np.linalg.solve(values, values)
            return xp.linalg.solve(values, values)
    """
    for test in ('(solver != "exact" or dense) and xp is not np', 'xp is not np and (dense or solver != "exact")'):
        assert codes(findings({"solvers.py": text.format(test=test)})) == []
    for test in ('dense and xp is not np and solver != "exact"', "dense and strict", 'xp is np and solver != "exact"'):
        assert codes(findings({"solvers.py": text.format(test=test)})) == ["XP201"]


SWITCH = """
    import numpy as np
    from scipy import sparse

    def binarized_from(values, {parameter}, xp=np):
        values = xp.abs(values)
        if xp is not np and host:
            raise ValueError(host)
        if {test}:
            return sparse.csr_array(values)
        return values
"""


def test_a_switch_that_is_ruled_out_for_jax_is_off(findings) -> None:
    assert codes(findings({"switches.py": SWITCH.format(parameter="host=False", test="host")})) == []
    assert codes(findings({"switches.py": SWITCH.format(parameter="host=False", test="not host")})) == ["XP202"]
    assert "XP202" in codes(findings({"switches.py": SWITCH.format(parameter="host=False, rows=False", test="rows")}))


def test_what_is_an_option_by_default_is_no_array(findings) -> None:
    text = """
        import numpy as np

        def found_from(values, invert={default}, xp=np):
            mask = xp.reshape(values * invert, (-1,))
            return mask if invert else values
    """
    assert codes(findings({"masks.py": text.format(default="False")})) == []
    assert codes(findings({"masks.py": text.format(default="1.0")})) == ["XP303"]


OWN = """
    import numpy as np

    class Sparse:
        def __init__(self, data):
            self.data = data
            self.stored = 3

    class Other:
        stored = 4

    def is_sparse(values):
        \"\"\"Whether it is one.\"\"\"
        return isinstance(values, {kinds})

    def mean_from(values, xp=np):
        total = xp.sum(values)
        if is_sparse(values) and values.stored > 2:
            return total
        return total / 2.0
"""


def test_a_helper_that_asks_for_a_class_says_of_which_one_a_value_is(findings) -> None:
    for kinds in ("Sparse", "(Sparse, Other)"):
        assert codes(findings({"means.py": OWN.format(kinds=kinds)})) == []
    assert codes(findings({"means.py": OWN.format(kinds="object")})) == ["XP302"]
    narrowed = OWN.format(kinds="Sparse").replace("is_sparse(values) and", "not is_sparse(values) and")
    assert codes(findings({"means.py": narrowed})) == ["XP302"]


def test_where_a_library_finds_its_own_object_there_is_no_array(findings) -> None:
    text = """
        import numpy as np
        from scipy import sparse

        def is_usable(values):
            def is_filled(matrix):
                return sparse.{test}(matrix) and matrix.nnz > 0

            return is_filled(values) or False

        def mean_from(values, xp=np):
            total = xp.sum(values)
            return total if is_usable(values) else total / 2.0
    """
    assert codes(findings({"means.py": text.format(test="issparse")})) == []
    assert codes(findings({"means.py": text.format(test="find")})) != []


def test_assertions_of_numpy_are_made_on_the_host(findings) -> None:
    text = """
        import numpy as np

        def compared(values, others, xp=np):
            values = xp.abs(values)
            np.{function}(values, others)
    """
    assert codes(findings({"compared.py": text.format(function="testing.assert_allclose")})) == []
    assert codes(findings({"compared.py": text.format(function="allclose")})) == ["XP201"]


def test_what_this_run_says_of_no_item_it_says_of_none(findings) -> None:
    text = """
        import numpy as np
        from scipy import sparse

        def stacked_from(arrays, xp=np):
            arrays = [xp.abs(item) for item in arrays]
            if {quantifier}(sparse.issparse(item) for item in arrays):
                return sparse.hstack(arrays)
            return xp.concatenate(arrays)
    """
    assert codes(findings({"stacks.py": text.format(quantifier="any")})) == []
    assert codes(findings({"stacks.py": text.format(quantifier="not all")})) == ["XP202"]


def test_an_object_of_a_class_of_numpy_is_no_array_of_jax(findings) -> None:
    text = """
        import numpy as np
        from collections import abc

        def rows_from(values, xp=np):
            values = xp.abs(values)
            if isinstance(values, {kind}):
                values = np.asarray(values)
            return xp.atleast_2d(values)
    """
    for kind in ("np.matrix", "np.ma.MaskedArray", "np.generic", "np.random.Generator"):
        assert codes(findings({"rows.py": text.format(kind=kind)})) == []
    assert codes(findings({"rows.py": text.format(kind="abc.Sized")})) == ["XP201"]


def test_what_a_factory_gives_beside_the_namespace_of_jax_is_true(findings) -> None:
    text = """
        import numpy as np
        from backends import get_namespace

        def ordered_from(values):
            xp, compliant = get_namespace(values)
            peak = xp.max(values)
            if {test}:
                return xp.sort(values) / peak
            return np.sort(values) / peak
    """
    assert codes(findings({"orders.py": text.format(test="compliant")})) == []
    assert codes(findings({"orders.py": text.format(test="not compliant")})) == ["XP201"]


def test_numbers_by_default_are_settings_of_methods_of_objects_that_asked(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        class Sample:
            def __init__(self, values):
                self._xp = {namespace}
                self._values = values

            def limit_from(self, level{default}):
                xp = self._xp
                if level <= 0:
                    raise ValueError(level)
                return xp.astype({given}, xp.int64)
    """
    asks = {"namespace": "array_namespace(values)", "default": "=0.95", "given": "1 - level"}

    def found(**other: str) -> list[str]:
        report = findings({"samples.py": text.format(**{**asks, **other})})
        return [item.code for item in report if item.level is not Level.POSSIBLE and item.code != "XP508"]

    assert found() == []
    assert found(given="level") == ["XP303"]
    assert found(default="") == ["XP303"]
