"""The mixed-integer programme of a site's conversion from hashing to AI load."""
