"""From a graph to running code: weights, plan, optimisers, schedules, executor of whole chunks."""
