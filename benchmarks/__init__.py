"""What README's figures come from: `make bench` runs them all and writes results.json."""
