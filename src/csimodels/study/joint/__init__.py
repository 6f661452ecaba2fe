"""Several groups in one covariance structure, and the ladder of invariance: fitted, published, made again."""
