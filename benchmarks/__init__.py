"""How fast: `make bench`, or `python -m benchmarks [PART ...]`. Figures stand beside yardsticks of the same run."""
