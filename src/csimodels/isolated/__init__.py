"""Files whose readers can crash, read in a process of their own.

`process` starts that process and judges how it ended; `worker` runs inside it, with the readers and as little else as
possible: nothing of the rest of the package, and neither numpy nor pandas unless a reader needs them.
"""
