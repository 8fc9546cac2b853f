"""From a finished run to weights in the package, with a model card in which every figure is read or measured."""
