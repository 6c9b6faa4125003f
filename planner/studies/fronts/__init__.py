"""What value costs in something else: exact Pareto fronts."""
