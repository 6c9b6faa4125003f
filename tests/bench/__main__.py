"""`python -m tests.bench` runs the benchmark suite."""

from tests.bench.run import main

if __name__ == "__main__":
    main()
