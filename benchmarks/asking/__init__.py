"""How fast a shopper is told what there is and how they can have it: the network, the stock, the clients."""
