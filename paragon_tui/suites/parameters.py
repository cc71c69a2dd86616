"""For the modules that are about to go: see ``suites.data.parameters``."""

from paragon_tui.suites.data.parameters import INTEGER_SCALE, SEED, Layer, network_input, parameters

__all__ = ["INTEGER_SCALE", "SEED", "Layer", "network_input", "parameters"]
