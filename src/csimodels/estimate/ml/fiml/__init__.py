"""Full-information maximum likelihood: the casewise likelihood by pattern of missing answers (Arbuckle 1996)."""
