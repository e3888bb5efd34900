"""Tests of looks at an identity."""
