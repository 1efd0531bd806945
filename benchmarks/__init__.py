"""How fast: `make bench`, or `python -m benchmarks [PART ...]`. Every figure stands beside a yardstick of the same run."""
