"""What a method hands on to another method of its object goes to those that the object has."""

from __future__ import annotations

from xpcheck.model import Level

LAYERS = """
    import numpy as np

    class Layer:
        def __call__(self, *args):
            return self.call(*args)

        def call(self, *args):
            raise NotImplementedError

    class Dense(Layer):
        def call(self, values, count, xp=np):
            return xp.abs(values) * count

    class Deep(Dense):
        def call(self, values, count, xp=np):
            return {own}(values)

    class Loss(Layer):
        def call(self, count, values, xp=np):
            return xp.reshape(values, (count, 2))

    def applied(layer: {layer}, values, xp=np):
        return layer(xp.abs(values), 2)
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def test_a_caller_hands_over_to_the_methods_of_the_object_that_it_calls(findings) -> None:
    def found(layer: str, own: str = "len") -> list[str]:
        return codes(findings({"layers.py": LAYERS.format(layer=layer, own=own)}))

    assert found("Dense") == []
    assert found("Loss") == ["XP206"]
    assert found("Layer") == ["XP206"]
    # Any object below the class may come.
    assert found("Dense", "float") == ["XP204"]
    assert found("Loss", "float") == ["XP206"]


def test_through_several_methods_of_one_object(findings) -> None:
    text = """
        import numpy as np

        class Profile:
            def image(self, first, second, xp=np):
                return self.weighted(first, second, xp)

            def weighted(self, first, second, xp=np):
                return self.kernel(first, second, xp)

            def kernel(self, first, second, xp=np):
                raise NotImplementedError

        class Smooth(Profile):
            def kernel(self, first, second, xp=np):
                return xp.exp(first) * second

        class Sampled(Profile):
            def weighted(self, first, second, xp=np):
                return 2 * self.kernel(first, second, xp)

            def kernel(self, first, second, xp=np):
                return xp.ones(first) * second

        def applied(profile: {cls}, values, xp=np):
            return profile.image(xp.abs(values), 3, xp)
    """
    assert codes(findings({"profiles.py": text.format(cls="Smooth")})) == []
    assert codes(findings({"profiles.py": text.format(cls="Sampled")})) == ["XP206"]
    assert codes(findings({"profiles.py": text.format(cls="Profile")})) == ["XP206"]


def test_what_the_body_itself_says_holds_for_all_of_its_objects(findings) -> None:
    text = """
        import numpy as np

        class Profile:
            def image(self, grid, xp=np):
                radius = {said}
                return self.kernel(grid, xp)

            def kernel(self, grid, xp=np):
                raise NotImplementedError

        class Smooth(Profile):
            def kernel(self, grid, xp=np):
                return xp.exp(grid)

        class Sampled(Profile):
            def kernel(self, grid, xp=np):
                return float(grid)

        def applied(profile: Smooth, grid, xp=np):
            return profile.image(xp.abs(grid), xp)
    """
    assert codes(findings({"profiles.py": text.format(said="xp.sqrt(grid)")})) == ["XP204"]
    assert codes(findings({"profiles.py": text.format(said="1.0")})) == []
