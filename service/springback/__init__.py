"""Springback: finds job rejections over IMAP and leaves a reply in Drafts; it never sends."""
