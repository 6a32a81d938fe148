"""Many networks pruned in many ways, and what each is worth: ``python -m wann.pruning``."""
