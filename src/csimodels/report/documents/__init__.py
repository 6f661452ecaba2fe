"""The story as documents: Word, slides, PDF."""
