"""Gymnasium's classic control environments as compiled physics."""
