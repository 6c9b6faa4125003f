"""Plans the conversion of energised bitcoin-mining sites to AI data centres."""

__version__ = "0.1.0"
