"""Weight-agnostic neural network search: what is varied and selected."""

from wann.search.search import WannSearch
from wann.search.state import SearchState
from wann.search.sweep import draw_weights

__all__ = ["SearchState", "WannSearch", "draw_weights"]
