"""make bench-hot: as bench-orders, with half of all demand on one position."""

from taking.measuring import main

if __name__ == "__main__":
    main("hot")
