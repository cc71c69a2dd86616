"""The suites, the interface of an operation, and the lowering of networks, products and trainings to plans.

``operations/`` has one module per family.
"""
