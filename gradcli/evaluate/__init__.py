"""Programs on numbers, an interpreter for each kind; and the bounds of what rounding does to them.

Floats and complex numbers, arrays in blocks, any number of digits, balls, and series beside a point.
"""
