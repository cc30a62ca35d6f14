"""The preview of forms, the live editor and links to drafts."""
