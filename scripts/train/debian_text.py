"""Real sentences in many languages, taken from translated texts that Debian packages ship."""

import gettext
import hashlib
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

# Package, version, and the licence of the texts used here, from the package's copyright file.
PACKAGES = {
    "chromium-l10n": ("156.0.8078.79-1~deb12u1", "BSD-3-Clause"),
    "gnome-user-docs": ("43.0-2", "CC-BY-SA-3.0"),
    "wesnoth-1.16-data": ("1:1.16.9-1", "GPL-2.0-or-later"),
    "wesnoth-1.16-did": ("1:1.16.9-1", "GPL-2.0-or-later"),
    "wesnoth-1.16-ei": ("1:1.16.9-1", "GPL-2.0-or-later"),
    "wesnoth-1.16-httt": ("1:1.16.9-1", "GPL-2.0-or-later"),
}

# Code: English name, and the locale in each package (Chromium, GNOME Help, Wesnoth).
LANGUAGES = {
    "cs": ("Czech", ["cs"], ["cs"], ["cs"]),
    "da": ("Danish", ["da"], ["da"], ["da"]),
    "de": ("German", ["de"], ["de"], ["de"]),
    "el": ("Greek", ["el"], ["el"], ["el"]),
    "en": ("English", ["en-GB"], ["C"], ["en"]),
    "es": ("Spanish", ["es"], ["es"], ["es"]),
    "fi": ("Finnish", ["fi"], ["fi"], ["fi"]),
    "fr": ("French", ["fr"], ["fr"], ["fr"]),
    "hu": ("Hungarian", ["hu"], ["hu"], ["hu"]),
    "it": ("Italian", ["it"], ["it"], ["it"]),
    "ja": ("Japanese", ["ja"], ["ja"], ["ja"]),
    "ko": ("Korean", ["ko"], ["ko"], ["ko"]),
    "nl": ("Dutch", ["nl"], ["nl"], ["nl"]),
    "pl": ("Polish", ["pl"], ["pl"], ["pl"]),
    "pt": ("Portuguese", ["pt-BR", "pt-PT"], ["pt_BR", "pt"], ["pt_BR", "pt"]),
    "ro": ("Romanian", ["ro"], ["ro"], ["ro"]),
    "ru": ("Russian", ["ru"], ["ru"], ["ru"]),
    "sv": ("Swedish", ["sv"], ["sv"], ["sv"]),
    "tr": ("Turkish", ["tr"], ["tr"], ["tr"]),
    "uk": ("Ukrainian", ["uk"], ["uk"], ["uk"]),
    "vi": ("Vietnamese", ["vi"], ["vi"], ["vi"]),
    "zh": ("Chinese", ["zh-CN", "zh-TW"], ["zh_CN"], ["zh_CN", "zh_TW"]),
}

# Wesnoth's catalogues have the English original as key, so any well-filled locale provides it.
WESNOTH_ORIGINAL = "fr"


def unpack(cache: Path) -> Path:
    """Downloads each package of PACKAGES with apt and unpacks its texts below `cache`. Returns the folder."""
    cache.mkdir(parents=True, exist_ok=True)
    for package, (version, _licence) in PACKAGES.items():
        target = cache / package
        if target.exists():
            continue
        subprocess.run(["apt-get", "download", f"{package}={version}"], cwd=cache, check=True)
        [archive] = cache.glob(f"{package}_*.deb")
        target.mkdir()
        subprocess.run(["dpkg-deb", "-x", archive.name, package], cwd=cache, check=True)
        print(package, version, hashlib.sha256(archive.read_bytes()).hexdigest(), file=sys.stderr)
    return cache


def read_texts(cache: Path) -> list[tuple[str, str, str, str]]:
    """Rows of (source, key, language, text). Translations of one text share source and key."""
    return [*read_chromium(cache), *read_gnome(cache), *read_wesnoth(cache)]


def read_chromium(cache: Path):
    folder = cache / "chromium-l10n/usr/lib/chromium/locales"
    for language, (_name, locales, _, _) in LANGUAGES.items():
        for locale in locales:
            for key, text in read_pak((folder / f"{locale}.pak").read_bytes()):
                yield "chromium", str(key), language, text


def read_pak(data: bytes):
    """Chromium's resource pack, version 5, UTF-8: 12 bytes of header, then (id u16, offset u32) per message."""
    version, encoding, count, _aliases = struct.unpack_from("<IB3xHH", data)
    if (version, encoding) != (5, 1):
        raise ValueError(f"pak version {version} encoding {encoding}; only version 5 in UTF-8 is read")
    entries = [struct.unpack_from("<HI", data, 12 + 6 * i) for i in range(count + 1)]
    for (key, start), (_next, end) in zip(entries, entries[1:]):
        try:
            yield key, data[start:end].decode()
        except UnicodeDecodeError:
            continue  # a binary resource


def read_gnome(cache: Path):
    folder = cache / "gnome-user-docs/usr/share/help"
    for language, (_name, _, locales, _) in LANGUAGES.items():
        for locale in locales:
            for page in sorted((folder / locale).glob("*/*.page")):
                for index, text in enumerate(read_paragraphs(page)):
                    yield "gnome", f"{page.name}#{index}", language, text


def read_paragraphs(page: Path):
    try:
        tree = ElementTree.parse(page)
    except ElementTree.ParseError:
        return
    for paragraph in tree.iter("{http://projectmallard.org/1.0/}p"):
        yield re.sub(r"\s+", " ", "".join(paragraph.itertext())).strip()


def read_wesnoth(cache: Path):
    locale_of = {locale: language for language, row in LANGUAGES.items() for locale in row[3]}
    locale_of[WESNOTH_ORIGINAL] = "fr"
    for catalogue in sorted(cache.glob("wesnoth-1.16-*/usr/share/games/wesnoth/1.16/locale/*/LC_MESSAGES/*.mo")):
        locale = catalogue.parent.parent.name
        if locale not in locale_of:
            continue
        with catalogue.open("rb") as file:
            messages = gettext.GNUTranslations(file)._catalog
        for key, text in messages.items():
            if not isinstance(key, str) or not key:
                continue
            original = key.split("\x04")[-1].split("^")[-1]
            if text != original:
                yield "wesnoth", original, locale_of[locale], text
            if locale == WESNOTH_ORIGINAL:
                yield "wesnoth", original, "en", original
