"""From companies to industries, sectors and the nation: weights, tree, ranks, differences and changes."""
