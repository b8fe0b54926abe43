"""The router: one interface for DVs, login means behind it, and a BVD beside them."""
