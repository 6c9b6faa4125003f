"""Drawing only: what views hold, as text, pages and workbooks."""
