"""The layers: what each one is, how it fits, what it costs, and how it runs.

Importing this package registers all of them, in the order of the palette; it loads no compiler.
"""

# isort: off
from nnstudio.layers import input as input
from nnstudio.layers import dense as dense
from nnstudio.layers import conv as conv
from nnstudio.layers import activation as activation
from nnstudio.layers import pool as pool
from nnstudio.layers import shape as shape
from nnstudio.layers import losses_softmax as losses_softmax
