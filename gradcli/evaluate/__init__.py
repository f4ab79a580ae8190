"""Programs on numbers: Python floats, NumPy arrays in blocks, complex numbers."""
