"""make bench-zipf: as bench-orders, demand by Zipf 1.0 over all positions."""

from taking.measuring import main

if __name__ == "__main__":
    main("zipf")
