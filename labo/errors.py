"""What can go wrong, said once: each message is one sentence that a person can act on."""


class LaboError(Exception):
    """Root of the errors that are the reader's to mend; the command line prints it and exits 1."""


class UnknownName(LaboError):
    """A name that no declaration carries."""


class BadInput(LaboError):
    """A file or a value that is not what its declaration says."""


class MissingFile(LaboError):
    """A file that should be there and is not."""


class DownloadFailed(LaboError):
    """A download that could not be brought to its end."""


class DamagedRelease(LaboError):
    """A release whose files are not those its manifest names."""
