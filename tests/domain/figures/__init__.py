"""Tests of domain.figures."""
