"""Looks over content for what would embarrass its author: one module for each subject, one code for each finding."""
