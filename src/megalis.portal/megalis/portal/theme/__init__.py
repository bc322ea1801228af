"""The page shell: main template, style sheets, icons and form widgets."""
