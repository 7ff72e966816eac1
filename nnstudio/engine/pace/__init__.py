"""How long a network takes on this machine, predicted from kernels that were measured once."""
