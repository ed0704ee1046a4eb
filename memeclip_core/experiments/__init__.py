"""The workbench: training runs, grids, comparisons and their reports."""
