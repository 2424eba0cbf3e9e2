"""How the importer refuses a file."""


class Problem(Exception):
    """What is wrong and what to do about it, as a sentence. It ends the importer with exit status 1."""


def one_line(error, limit=200):
    """The text of an exception of another package, as one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= limit else text[:limit - 3] + "..."
