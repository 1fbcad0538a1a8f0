"""The declared indices, a module each: trees of weights, which workshops may change.

Weights are ours: components weigh the same, and so do the factors inside a component. No published
formula of another tool is claimed.
"""
