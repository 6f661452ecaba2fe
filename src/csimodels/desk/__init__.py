"""The analyst's desk: the numbers beside the model, as pure functions on arrays; one module per craft.

Nothing here reads files, specs or results: arrays in, arrays out, with leading batch axes (groups, waves, replicates)
wherever a formula is one.  Functions named ``check_...`` return a list of :class:`~csimodels.errors.Problem`, empty
where all is well; whoever binds user input raises them together.
"""
