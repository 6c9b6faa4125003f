"""Plans that are nearly as good as the best and decide otherwise."""
