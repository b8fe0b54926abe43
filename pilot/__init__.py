"""A whole network on one machine: every outside party as a stub, sample DVs, people."""
