"""The WordPress plugin: its archive, its translations, and what Plugin Check would find in its text."""

import gettext
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from realpad_form.domain.text import LANGUAGES
from realpad_form.web.wordpress import SLUG, compiled, plugin_archive, plugin_folder

ROOT = plugin_folder()
PHP = sorted(ROOT.rglob("*.php"))
PO = sorted((ROOT / "languages").glob("*.po"))
TEXT = r"'((?:[^'\\]|\\.)*)'"
MAIN = (ROOT / f"{SLUG}.php").read_text(encoding="utf-8")
README = (ROOT / "readme.txt").read_text(encoding="utf-8")


def name_of(path):
    return str(path.relative_to(ROOT))


php_files = pytest.mark.parametrize("path", PHP, ids=name_of)


def code_of(path):
    """Return a file without its comments."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|(?<![:'\"])//[^\n]*", "", text, flags=re.DOTALL)


def test_archive_is_the_same_bytes_every_time():
    first = plugin_archive()
    plugin_archive.cache_clear()

    assert plugin_archive() == first


def test_archive_holds_one_folder_with_everything_wordpress_needs_and_nothing_hidden():
    with zipfile.ZipFile(io.BytesIO(plugin_archive())) as archive:
        names = archive.namelist()
        dates = {entry.date_time for entry in archive.infolist()}

    assert {name.split("/")[0] for name in names} == {SLUG}
    assert {f"{SLUG}/{name}" for name in (f"{SLUG}.php", "readme.txt", "uninstall.php", "license.txt")} < set(
        names
    )
    assert len(dates) == 1
    assert names == sorted(names)
    assert not [name for name in names if "/." in name or name.endswith((".md", ".map", ".zip"))]
    assert sum(name.endswith(".mo") for name in names) == len(PO) == len(LANGUAGES) - 1


@php_files
def test_no_file_does_anything_when_it_is_opened_directly(path):
    guard = "WP_UNINSTALL_PLUGIN" if path.name == "uninstall.php" else "ABSPATH"

    code = re.sub(r"^(<\?php|namespace [^;]+;)", "", code_of(path), flags=re.MULTILINE).strip()

    assert code.startswith(f"defined( '{guard}' ) || exit;")


@php_files
def test_everything_has_a_name_of_its_own(path):
    code = code_of(path)
    is_data = path.name == "editor.asset.php"
    named = re.findall(rf"(?:add|update|delete|get)_(?:option|transient)\( {TEXT}", code)
    named += re.findall(rf"wp_(?:enqueue|register)_(?:script|style)\( {TEXT}", code)
    named += re.findall(rf"(?:do_action|apply_filters)\( {TEXT}", code)

    assert is_data or "namespace LeadFormEmbed;" in code
    foreign = {name for name in named if not re.match(r"lead[_-]form[_-]embed", name)}
    assert foreign <= {"date_format", "time_format"}


@php_files
def test_whatever_is_printed_is_escaped_where_it_is_printed(path):
    safe = r"esc_html|esc_attr|esc_url|esc_html__|esc_attr__|checked|selected"
    for statement in re.findall(r"\becho (.*?);\n", code_of(path), flags=re.DOTALL):
        bare = re.sub(r"'(?:[^'\\]|\\.)*'", "''", statement)
        bare = re.sub(rf"\b(?:{safe})\(", "safe(", bare)
        bare = remove_calls(bare, "safe")
        # What is left are texts of our own and conditions between them.
        bare = re.sub(r"\( (?:'' === )?\$\w+ \? (?:'')? *: '' \)", "", bare)
        assert not re.search(r"\$|->|::|\w\(", bare), statement


def remove_calls(text, name):
    """Return a text without calls of a function, whatever stands between their brackets."""
    while (start := text.find(f"{name}(")) >= 0:
        depth, end = 0, start + len(name)
        while True:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
            if not depth:
                break
        text = text[:start] + text[end:]
    return text


@php_files
def test_what_is_sent_is_unslashed_and_every_change_has_a_nonce(path):
    code = code_of(path)

    for use in re.finditer(r"\$_(?:POST|GET|REQUEST)\[ '\w+' \]", code):
        before = code[max(0, use.start() - 40) : use.start()]
        assert re.search(r"isset\( $|wp_unslash\( $|absint\( $", before), code[use.start() - 60 : use.end()]
    for handler in re.findall(
        r"public static function (?:save|act)\(\) \{(.*?)\n\t\}", code, flags=re.DOTALL
    ):
        assert handler.strip().startswith("check_admin_referer( self::ACTION );")
        assert "current_user_can( Admin::capability() )" in handler
        assert "wp_redirect(" not in handler


@php_files
def test_no_file_uses_what_plugin_check_refuses(path):
    code = code_of(path)
    refused = (
        "eval base64_decode create_function file_put_contents file_get_contents fopen exec shell_exec system"
        " die passthru extract serialize unserialize ini_set set_time_limit query_posts curl_init curl_exec"
    )

    assert not re.search(rf"\b(?:{refused.replace(' ', '|')})\(", code)
    assert "<script" not in code.replace("'<script '", "")
    assert "?>" not in code
    for query in re.findall(r'"((?:SELECT|INSERT|UPDATE|DELETE|DROP|CREATE)[^"]*)"', code):
        assert set(re.findall(r"\$(\w+)", query)) <= {"table", "wpdb"}


@php_files
def test_php_is_as_old_as_the_plugin_says(path):
    """PHP 7.4 has no named arguments, `match`, `?->`, attributes, promotion, union types or `enum`."""
    code = re.sub(TEXT, "''", code_of(path))

    assert not re.search(
        r"\?->|\bmatch \(|#\[|\benum \w+ |\breadonly\b|\bstr_(?:contains|starts_with|ends_with)\(", code
    )
    assert not re.search(
        r"function \w*\([^)]*\b(?:public|private|protected) |\): (?:static|mixed|never)\b|\|\w+ \$", code
    )


def used_texts():
    """Return every text of the plugin, and plurals as pairs."""
    texts = set()
    for path in PHP:
        code = path.read_text(encoding="utf-8")
        texts |= {
            (text,) for text in re.findall(rf"\b(?:__|esc_html__|esc_attr__)\( {TEXT}, '{SLUG}' \)", code)
        }
        texts |= {tuple(pair) for pair in re.findall(rf"\b_n\( {TEXT}, {TEXT},", code)}
    block = json.loads((ROOT / "block/block.json").read_text(encoding="utf-8"))
    return {tuple(text.replace("\\'", "'") for text in each) for each in texts} | {
        (block["title"],),
        (block["description"],),
    }


def test_every_text_belongs_to_the_plugin():
    for path in PHP:
        calls = re.findall(r"\b(?:__|_n|_x|esc_html__|esc_attr__)\( ", path.read_text(encoding="utf-8"))
        owned = re.findall(rf", '{SLUG}' \)", path.read_text(encoding="utf-8"))
        assert len(calls) == len(owned), path


@pytest.mark.parametrize("path", PO, ids=lambda path: path.stem)
def test_every_text_is_translated_with_its_placeholders(path):
    with path.open("rb") as file:
        catalog = read_po(file)
    said = {(m.id if isinstance(m.id, tuple) else (m.id,)): m.string for m in catalog if m.id}

    assert set(said) == used_texts()
    for original, translation in said.items():
        for text in translation if isinstance(translation, tuple) else [translation]:
            assert text
            assert sorted(re.findall(r"%(?:\d\$)?[sd]", text)) == sorted(
                re.findall(r"%(?:\d\$)?[sd]", original[-1])
            )


def test_compiled_translations_are_what_gettext_reads():
    [path] = [path for path in PO if path.stem.endswith("cs_CZ")]

    spoken = gettext.GNUTranslations(io.BytesIO(compiled(path.read_bytes())))

    assert spoken.gettext("Kept submissions") == "Čekající poptávky"
    assert spoken.pgettext("block title", "Lead form") == "Poptávkový formulář"
    one, many = (
        "%s submission waits and will be sent by itself.",
        "%s submissions wait and will be sent by themselves.",
    )
    assert [spoken.ngettext(one, many, count).split()[1] for count in (1, 3, 5)] == [
        "poptávka",
        "poptávky",
        "poptávek",
    ]


def header(name, text=MAIN):
    return re.search(rf"^[ *]*{name}:\s*(.+)$", text, flags=re.MULTILINE)[1]


def test_headers_of_plugin_and_readme_agree():
    version = header("Version")
    block = json.loads((ROOT / "block/block.json").read_text(encoding="utf-8"))

    assert header("Text Domain") == block["textdomain"] == SLUG
    assert version == header("Stable tag", README) == block["version"]
    assert f"const VERSION = '{version}';" in MAIN
    assert f"'version'      => '{version}'" in (ROOT / "block/editor.asset.php").read_text()
    for name in ("Requires at least", "Requires PHP", "License", "License URI"):
        assert header(name) == header(name, README)
    assert README.startswith(f"=== {header('Plugin Name')} ===")
    assert len(header("Tags", README).split(",")) <= 5
    short = README.partition("License URI:")[2].split("\n\n")[1].strip()
    assert len(short) <= 150
    assert "Tested up to" not in MAIN


def test_readme_says_which_service_is_contacted_and_with_what():
    said = README.partition("= External service =")[2].partition("== Installation ==")[0]

    assert "contacts nobody else" in said
    for path in ("embed.js", "/embeddable", "/oembed", "/in/"):
        assert path in said


def test_name_puts_nobody_elses_trademark_first():
    assert not SLUG.startswith(("realpad", "wordpress", "wp-"))
    assert header("Plugin Name").endswith(" for Realpad")


def test_no_address_but_the_one_that_is_entered_is_ever_contacted():
    allowed = {"forms.example.com", "www.gnu.org", "schemas.wp.org"}
    for path in [*PHP, ROOT / "block/editor.js", ROOT / "block/block.json"]:
        hosts = re.findall(r"https?://([a-z0-9.-]+\.[a-z]+)", path.read_text(encoding="utf-8"))
        assert set(hosts) <= allowed, path


def test_attributes_of_the_block_are_the_options_of_a_form():
    block = json.loads((ROOT / "block/block.json").read_text(encoding="utf-8"))
    options = re.search(
        r"const OPTIONS = array\((.*?)\);", (ROOT / "includes/class-form.php").read_text(), re.DOTALL
    )[1]
    names = {re.sub(r"_(\w)", lambda m: m[1].upper(), name) for name in re.findall(r"'(\w+)' +=>", options)}

    assert set(block["attributes"]) <= names


def test_words_of_the_editor_are_given_by_php():
    script = Path(ROOT / "block/editor.js").read_text(encoding="utf-8")
    given = re.findall(
        r"^\t\t\t'(\w+)' +=> __\(", (ROOT / "includes/class-admin.php").read_text(), flags=re.MULTILINE
    )

    assert set(re.findall(r"\bwords\.(\w+)", script)) == set(given)
