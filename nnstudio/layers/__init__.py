"""The layers: what each one is, how it fits, what it costs, and how it runs.

Importing this package registers all of them, in the order of the palette; it loads no compiler.
"""

# isort: off
from nnstudio.layers import input as input
from nnstudio.layers import dense as dense
from nnstudio.layers import conv as conv
from nnstudio.layers import conv_depthwise as conv_depthwise
from nnstudio.layers import conv_1d as conv_1d
from nnstudio.layers import conv_transposed as conv_transposed
from nnstudio.layers import filter as filter
from nnstudio.layers import activation as activation
from nnstudio.layers import activation_smooth as activation_smooth
from nnstudio.layers import prelu as prelu
from nnstudio.layers import maxout as maxout
from nnstudio.layers import step as step
from nnstudio.layers import softmax as softmax
from nnstudio.layers import pool as pool
from nnstudio.layers import pool_fractional as pool_fractional
from nnstudio.layers import normalise as normalise
from nnstudio.layers import layer_norm as layer_norm
from nnstudio.layers import local_norm as local_norm
from nnstudio.layers import dropout as dropout
from nnstudio.layers import drop_connect as drop_connect
from nnstudio.layers import noise as noise
from nnstudio.layers import embedding as embedding
from nnstudio.layers import rnn as rnn
from nnstudio.layers import lstm as lstm
from nnstudio.layers import gru as gru
from nnstudio.layers import merge as merge
from nnstudio.layers import arithmetic as arithmetic
from nnstudio.layers import scalar as scalar
from nnstudio.layers import shape as shape
from nnstudio.layers import reshape as reshape
from nnstudio.layers import frame as frame
from nnstudio.layers import pad_edge as pad_edge
from nnstudio.layers import upsample as upsample
from nnstudio.layers import losses_softmax as losses_softmax
from nnstudio.layers import losses_hinge as losses_hinge
from nnstudio.layers import losses_value as losses_value
from nnstudio.layers import losses_binary as losses_binary
from nnstudio.layers import losses_robust as losses_robust
from nnstudio.layers import losses_focal as losses_focal
