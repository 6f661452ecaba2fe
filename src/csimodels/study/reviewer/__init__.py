"""What a reviewer asks for: model fit, prediction, groups, segments, endogeneity; made from the rows when asked."""
