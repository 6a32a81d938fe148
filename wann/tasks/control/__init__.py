"""Control tasks: compiled physics."""
