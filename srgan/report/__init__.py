"""The results as pages: tables, pictures, curves, one HTML file."""
