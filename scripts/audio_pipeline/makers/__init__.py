"""How the files of the stages are made and checked: slow to import, and used only by jobs that make something."""
