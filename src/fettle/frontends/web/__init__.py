"""The pages: a page's handler, template and test side by side."""
