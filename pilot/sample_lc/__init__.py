"""A sample leverancier clusteraansluiting (LC): connects DVs with keys of its own, and holds none of theirs."""
