"""The parts of ``scripts/measure_models.py``: run library functions on tracers and write down what happens."""
