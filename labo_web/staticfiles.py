"""Static files under names that carry a hash of their content, so that a browser keeps them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of our own modules; those of libraries (`.mjs`) stay as they are."""

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (
                    r"""(?P<matched>from\s*["'](?P<url>\.{1,2}/[^"']+)["'];)""",
                    'from "%(url)s";',
                ),
                (
                    r"""(?P<matched>import\(["'](?P<url>\.{1,2}/[^"']+)["']\);)""",
                    'import("%(url)s");',
                ),
            ),
        ),
    )
