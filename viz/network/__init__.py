"""Drawing a network: its parts, where they lie, and what colours may say of them."""
