"""make bench-bulk: POST /v1/orders:batch, a file of orders in one request a client."""

from taking.measuring import main

if __name__ == "__main__":
    main("bulk")
