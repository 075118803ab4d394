"""The catalogue of bad inputs: 97 things that no mail should be, and what the router does with each."""
