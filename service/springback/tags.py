"""Elements of HTML that stand on lines of their own."""

BLOCKS = frozenset(
    """
    address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6
    header hr li main nav ol p pre section table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905 - words read best as a text
)
