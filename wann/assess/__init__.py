"""How good is a network, and how little do its weights matter?  ``python -m wann.assess``."""

from wann.assess.control import assess

__all__ = ["assess"]
