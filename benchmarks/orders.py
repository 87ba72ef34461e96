"""make bench-orders: single POST /v1/orders at 32 clients, all of the product behind it; uniform demand."""

from taking.measuring import main

if __name__ == "__main__":
    main("orders")
