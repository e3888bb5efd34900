"""The benchmarks, tried at sizes that say nothing about speed."""
