"""Tests of the tables that the project brings along."""
