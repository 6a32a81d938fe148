"""The network that a genome describes: its forward pass and its gradient."""

from wann.network.network import Network, Networks, decode, decode_all

__all__ = ["Network", "Networks", "decode", "decode_all"]
