"""`python -m csimodels`: the command line where the folder of `csi` is not on the path."""

from csimodels.cli import main

main()
