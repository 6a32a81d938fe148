"""The other road to a small network: take a large one and prune it, on the same data, count for
count.
"""
