"""Weight-agnostic neural network search: what is varied and selected."""

from wann.search.search import WannSearch, draw_weights

__all__ = ["WannSearch", "draw_weights"]
