"""Tests of what makes strangers' files harmless."""
