"""Benchmarks: each runs both sides in one run and prints ratios; none is a test."""
