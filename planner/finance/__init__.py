"""What a plan's cash means to lenders and owners: loan, waterfall, ratios, returns; all after the solve."""
