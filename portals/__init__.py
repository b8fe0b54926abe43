"""Where people see and give mandates; each portal is a party of its own, and a DV of the gateway like any other."""
