"""The engine on a GPU: the same physics, activations and polynomials, the same bits.

Only what a GPU needs is here: how rollouts lie on threads, memory, and launching.
"""
