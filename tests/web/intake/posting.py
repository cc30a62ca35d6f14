"""A source of leads in a project file, and what it sends."""

KEY = "k" * 43
SOURCES = """\
sources:
  - name: cf7-main
    fields:
      your-name: full_name
      your-email: email
      your-phone: phone
      layout: rooms
      gdpr: consent_39268430
      remote_ip: ip
      _wpnonce: false
      c-unit: unit
"""
PERSON = {"your-name": "Jan Novák", "your-email": "jan@example.com", "your-phone": "777 123 456"}


def add_sources(folder, slug="riverside", text=SOURCES):
    path = folder / f"projects/{slug}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def add_project(folder, slug, *changes, text=""):
    whole = (folder / "projects/riverside.yaml").read_text(encoding="utf-8")
    for old, new in (("project: riverside", f"project: {slug}"), *changes):
        assert old in whole
        whole = whole.replace(old, new)
    (folder / f"projects/{slug}.yaml").write_text(whole + text, encoding="utf-8")
