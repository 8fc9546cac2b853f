"""How fast this machine trains and draws, against a reference that computes the same.

`reference` says what the reference schedule does and which measures of ours it lacks, `driven` takes steps of the real
training loop when it is asked to, `measure` asks, and makes the record that `table` shows.
"""
